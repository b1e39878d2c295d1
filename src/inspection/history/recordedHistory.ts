import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"
import { RunNotFound } from "../../actor/errors.ts"
import { addressOf, parseAddress, placeOfAddress } from "../../actor/history/generation.ts"
import type { Message } from "../../actor/history/message.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import type { History } from "../../actor/turn.ts"
import { openNewest } from "../../client/openNewest.ts"
import { load } from "../../store/payloads.ts"
import { readPresent } from "../../store/reading/presentRun.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { adoptedOrder } from "../../store/reading/wholeRun.ts"

/**
 * A run's history as a value and as a JSON file: what a host would find of it in its store. Files of version 1 stay readable.
 */
export interface RecordedHistory extends History {
  readonly format: "dynactor/history"
  readonly version: 1
  readonly runId: string
  /** Of a run that has continued as new, from 1. Left out: 0, the one that it was started with. */
  readonly generation?: number
  readonly workflow: string
  readonly definitionVersion: string
  /** Inbox rows, payloads in hand. */
  readonly messages: ReadonlyArray<Message>
  /** Null while the run had not ended. `continued`: it went on with another generation. */
  readonly outcome: Ending | null
}

const RecordedJson = Schema.Struct({
  format: Schema.Literal("dynactor/history"),
  version: Schema.Literal(1),
  runId: Schema.String,
  generation: Schema.optionalKey(Schema.Number),
  workflow: Schema.String,
  definitionVersion: Schema.String,
  order: Schema.Array(Schema.String),
  open: Schema.Array(Schema.Json),
  abandoned: Schema.Array(Schema.Json),
  messages: Schema.Array(
    Schema.Struct({
      kind: Schema.Literals([
        "start",
        "step",
        "timer",
        "signal",
        "cancel",
        "child",
        "await",
        "callback",
        "update",
        "terminate",
        "pause",
        "resume",
        "restart",
        "repair"
      ])
    })
  ),
  outcome: Schema.NullOr(Schema.Json)
})

/** A file that holds no history, or a directory without any. */
export class HistoryUnreadable extends LibraryError<HistoryUnreadable>()("HistoryUnreadable", {
  message: Schema.String,
  file: Schema.String
}) {}

export const toRecordedHistory = (
  address: string,
  history: History,
  inbox: ReadonlyArray<Message>,
  outcome: Ending | undefined
): RecordedHistory => {
  const start = inbox.find((message) => message.kind === "start")
  if (start === undefined) throw new RangeError(`run ${placeOfAddress(address)} has no history: it has not started`)
  const { runId, generation } = parseAddress(address)
  return {
    format: "dynactor/history",
    version: 1,
    runId,
    ...(generation === 0 ? {} : { generation }),
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    order: [...history.order],
    open: history.open,
    abandoned: history.abandoned,
    messages: inbox,
    outcome: outcome ?? null
  }
}

/** In words; undefined: it is a recorded history. */
export const wrongWith = (json: unknown): string | undefined => {
  const exit = Schema.decodeUnknownExit(RecordedJson)(json)
  return Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : undefined
}

/**
 * The history of a run as its store has it now, of the newest generation or the one asked for. Payloads of the run are in it: mind what is secret.
 *
 * Fails with `RunNotFound`, with `PayloadUnreadable`, `PayloadMissing` or `PayloadAltered` if a large payload is not as it was, and
 * with `StoreUnavailable`.
 *
 * @example
 * const history = await Effect.runPromise(
 *   exportHistory("order-17").pipe(Effect.provide(sqliteStore({ filename: "runs.db" })))
 * )
 * await writeHistory("test/histories", history)
 */
export const exportHistory = Effect.fnUntraced(function* (
  runId: string,
  options: { readonly generation?: number } = {}
) {
  const { generation } = options
  const address = generation === undefined ? (yield* openNewest(runId)).address : addressOf(runId, generation)
  const stored = yield* readPresent(address)
  const { head } = stored
  if (head === undefined)
    return yield* new RunNotFound({ runId, message: `there is no run ${runId}, or it has not begun` })
  const messages = yield* Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 })
  const history = { order: adoptedOrder(head, stored), open: head.open, abandoned: head.abandoned }
  const outcome = head.outcome && { tag: head.outcome.tag, payload: yield* load(head.outcome.payload) }
  return toRecordedHistory(address, history, messages, outcome)
})
