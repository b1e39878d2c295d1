import * as Effect from "effect/Effect"
import { repairKey } from "../../actor/history/copying/repairMessage.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { type RestartMessage, restartKey } from "../../actor/history/message.ts"
import { isAdopted } from "../../store/generations/forward.ts"
import { findNewest, type Newest } from "../../store/generations/newest.ts"
import { startOf } from "../../store/generations/starts.ts"
import { RunTable } from "../../store/runTable.ts"
import { putRestart as askAgain } from "../../store/sending/putRestart.ts"
import type { SentBefore } from "../../store/sending/sentBefore.ts"
import { RunParked, runDeleted } from "../errors.ts"
import { endsByCancel, whileParked } from "../send.ts"

/** Answers with the row that was there, if this was asked before, and with the generation that it has begun, or else the first that it can begin. */
export const putRestart = Effect.fnUntraced(function* (
  runId: string,
  message: RestartMessage,
  isNamed: boolean,
  sent: SentBefore
) {
  const { address, generation, head, now, there } = yield* Effect.catchTag(
    askAgain(runId, message, { isNamed, sent }),
    "RunNotFound",
    ({ deletedAt = 0, takenUntil = 0 }) => Effect.fail(runDeleted(runId, { deletedAt, takenUntil }))
  )
  if (
    message.policy === "replace" &&
    head?.status === "parked" &&
    head.parked !== undefined &&
    !endsByCancel(head.parked)
  )
    return yield* new RunParked({
      runId,
      reason: head.parked,
      message: `${whileParked(runId, head.parked, "replaced")}: ${head.parked.message}. The start is kept, and takes effect as soon as the run can go on, or has ended`
    })
  return { there, generation: there === undefined ? generation + 1 : yield* beginsIn(message.id, address, now) }
})

/** Of a request that was there. `address`: of the generation that it had come for. */
const beginsIn = Effect.fnUntraced(function* (id: string, address: string, newest: Newest) {
  const { generation } = parseAddress(newest.address)
  const begun = newest.address === address ? undefined : yield* begunBy(parseAddress(address).runId, id)
  return typeof begun === "number" ? begun : generation + 1
})

/**
 * The generation that this start has begun; `superseded`: a later `replace` came before it did. Undefined: it is to come.
 */
export const begunBy = Effect.fnUntraced(function* (runId: string, id: string) {
  const table = yield* RunTable
  const newest = yield* findNewest(runId)
  const key = restartKey(id)
  let start = yield* startOf(newest)
  for (;;) {
    const row = yield* table.readMessage(addressOf(runId, start), "start")
    if (row?.kind === "start" && row.request === id) return start
    if (start === 0) return undefined
    const before = addressOf(runId, start - 1)
    // A retry or reset that another one has come before: the run has gone on by that one, and ends once. By another start, it is none of its business.
    if (row?.kind === "start" && (yield* table.readMessage(before, repairKey(id))) !== undefined)
      return row.from === undefined ? ("superseded" as const) : start
    // All that the next one begins with is there before its first row.
    const wasDue =
      row !== undefined &&
      (yield* table.readMessage(before, key)) !== undefined &&
      (yield* table.readMessage(addressOf(runId, start), key)) === undefined &&
      (yield* isAdopted(before, key))
    if (wasDue) return "superseded" as const
    start = yield* startOf({ address: before, head: yield* table.readHead(before) })
  }
})
