import * as Effect from "effect/Effect"
import { repairKey } from "../../actor/history/copying/repairMessage.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { messageKey, type RestartMessage, restartKey } from "../../actor/history/message.ts"
import { goneByHead } from "../../store/deletion/gone.ts"
import { StoreUnavailable } from "../../store/errors.ts"
import { bringForward, isAdopted } from "../../store/generations/forward.ts"
import { homeOfRestart } from "../../store/generations/home.ts"
import { findNewest, type Newest } from "../../store/generations/newest.ts"
import { noteAsked, startOf, toBegin } from "../../store/generations/starts.ts"
import { RunTable } from "../../store/runTable.ts"
import { RunParked, runDeleted } from "../errors.ts"
import { endsByCancel, SentEarlier } from "../send.ts"
import type { SentBefore } from "../sentBefore.ts"

// A start of a run that is there: it is asked for by a row, and whoever turns the run begins it.

/** Answers with the row that was there, if this was asked before, and with the generation that it has begun, or else the first that it can begin. */
export const putRestart = Effect.fnUntraced(function* (
  runId: string,
  message: RestartMessage,
  isNamed: boolean,
  sent: SentBefore
) {
  const table = yield* RunTable
  const found = yield* findNewest(runId)
  // Behind all that was sent to the start that is to come: what this one is to come after has begun by then, or begins.
  const newest = yield* toBegin(found)
  const { generation } = parseAddress(newest.address)
  const key = messageKey(message)
  const before = generation > 0 && newest === found ? new SentEarlier(runId, newest, sent) : undefined
  yield* before?.bring ?? Effect.void
  const home = isNamed ? yield* homeOfRestart(newest.address, key) : newest
  if ("there" in home) {
    yield* bringForward(runId, [key], found)
    yield* noteAsked(found, key)
    sent.noteSent(runId, message, { _tag: "Exists", message: home.there }, generation)
    return { there: home.there, generation: yield* beginsIn(message.id, runId, found) }
  }
  const { address } = home
  const stored = yield* table.lastSent?.(address) ?? none
  yield* before?.bringOwn ?? Effect.void
  const ordered = sent.after(runId, message, stored)
  const put = yield* table.put(address, ordered)
  sent.noteSent(runId, ordered, put, parseAddress(address).generation)
  const there = put._tag === "Exists" ? put.message : undefined
  if (there !== undefined) yield* bringForward(address, [key], found)
  // Once the run has ended, what is sent to it is for what comes.
  yield* noteAsked({ address }, key)
  const now = yield* unlessDeleted(runId, findNewest(runId, parseAddress(address).generation))
  // It may have gone on meanwhile.
  if (now.address !== address) yield* bringForward(address, [key], now)
  // Whoever deletes it looks for this request when the run's head says that it is deleted; here it is the other way round.
  yield* unlessDeleted(runId, findNewest(runId, parseAddress(now.address).generation))
  const { head } = now
  if (
    message.policy === "replace" &&
    head?.status === "parked" &&
    head.parked !== undefined &&
    !endsByCancel(head.parked)
  )
    return yield* new RunParked({
      runId,
      reason: head.parked,
      message: `run ${runId} is parked and cannot be replaced as it is: ${head.parked.message}. The start is kept, and takes effect as soon as the run can go on, or has ended`
    })
  return { there, generation: there === undefined ? generation + 1 : yield* beginsIn(message.id, address, now) }
})

/** Of a request that was there. `address`: of the generation that it had come for. */
const beginsIn = Effect.fnUntraced(function* (id: string, address: string, newest: Newest) {
  const { generation } = parseAddress(newest.address)
  const begun = newest.address === address ? undefined : yield* begunBy(parseAddress(address).runId, id)
  return typeof begun === "number" ? begun : generation + 1
})

/** For as long as nobody can say whether it is, it is asked again. */
const unlessDeleted = Effect.fnUntraced(function* <R>(runId: string, find: Effect.Effect<Newest, StoreUnavailable, R>) {
  for (let waitMs = 10; ; waitMs *= 2) {
    const newest = yield* find
    if (newest.deleted === undefined) return newest
    const gone = goneByHead(newest.deleted)
    const start = yield* (yield* RunTable).readMessage(runId, "start")
    if (start?.kind === "deleted") return yield* runDeleted(runId, gone)
    if (waitMs > longestWaitMs)
      return yield* new StoreUnavailable({
        operation: "Client.start",
        message: `run ${runId} is being deleted at this moment, and nobody can say yet whether it will be: ask again`
      })
    yield* Effect.sleep(waitMs)
  }
})

const longestWaitMs = 2_000

const none: Effect.Effect<ReadonlyArray<string>> = Effect.succeed([])

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
