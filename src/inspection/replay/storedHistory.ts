import * as Effect from "effect/Effect"
import { RunNotFound } from "../../actor/errors.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isPresent, type PresentHead } from "../../actor/history/head.ts"
import { type Message, messageKey, type StartMessage } from "../../actor/history/message.ts"
import { runGone } from "../../store/deletion/gone.ts"
import { findAsItWas, headAsItWas } from "../../store/generations/newest.ts"
import { adoptedOrder, readWholeRun } from "../../store/reading/wholeRun.ts"
import { RunTable } from "../../store/runTable.ts"

/** All that is stored of one generation of a run. */
export interface StoredHistory {
  readonly runId: string
  readonly generation: number
  readonly newestGeneration: number
  readonly address: string
  /** Undefined: no turn has been taken. */
  readonly head: PresentHead | undefined
  readonly start: StartMessage
  /** Entries as they were adopted. */
  readonly order: ReadonlyArray<string>
  readonly messages: ReadonlyMap<string, Message>
}

/** Of the newest generation, or of the one asked for. Fails with `RunNotFound` and `StoreUnavailable`. */
export const readHistory = Effect.fnUntraced(function* (runId: string, generation?: number) {
  const newest = yield* findAsItWas(runId)
  const newestGeneration = parseAddress(newest.address).generation
  const address = generation === undefined ? newest.address : addressOf(runId, generation)
  const stored = yield* readWholeRun(address)
  const rows = stored.messages
  // Between two generations there may be no start row yet: the one before it has the run on record.
  const table = yield* RunTable
  const start = rows.find(({ kind }) => kind === "start") ?? (yield* table.readMessage(runId, "start"))
  const { deleted = newest.deleted, head } = yield* headAsItWas(address, stored.head)
  if (deleted !== undefined || start?.kind === "deleted" || (head !== undefined && !isPresent(head)))
    return yield* runGone(runId, start, deleted)
  if (start?.kind !== "start" || (generation !== undefined && generation > newestGeneration)) {
    const which = generation === undefined ? "" : `, or it has no generation ${generation}`
    return yield* new RunNotFound({ runId, message: `there is no run ${runId}${which}` })
  }
  return {
    runId,
    generation: parseAddress(address).generation,
    newestGeneration,
    address,
    head,
    start,
    order: head === undefined ? [] : adoptedOrder(head, stored),
    messages: new Map(rows.map((message) => [messageKey(message), message]))
  } satisfies StoredHistory as StoredHistory
})
