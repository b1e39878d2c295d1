import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Actor } from "../../actor/actor.ts"
import { UnknownWorkflow } from "../../actor/errors.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { endOf, type Head } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { endReplay, replayInParts } from "../../actor/turn.ts"
import { sendAway } from "../../store/limits/sendAway.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { adoptedOrder } from "../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../store/runTable.ts"
import { handOver } from "../commits/handOver.ts"
import { answerWaiters, putNoticesAgain } from "../commits/notices.ts"
import { appendAgain, endLacking, lackingOutput } from "../commits/outputAgain.ts"
import { putRepliesAgain } from "../commits/replies.ts"
import type { FinishedRun, LoadOptions } from "./loadRun.ts"

/**
 * What a run that has ended owes to others: what its last commit asked for and may not have put, values of output streams among it, and
 * answers to questions that came after it.
 * Of a generation that the run has left behind, also what the next one begins with, after all of that.
 */
export const tellOthers = Effect.fnUntraced(function* (runId: string, run: FinishedRun, options: LoadOptions) {
  const { head, start, stored } = run
  const lacking = yield* lackingOutput(runId, head)
  const hasSends = head.notices && (head.sends?.fingerprint ?? "") !== ""
  const actor = hasSends || lacking.length > 0 ? yield* replayed(runId, run, options) : undefined
  if (head.notices) {
    yield* putNoticesAgain.finished(runId, head, start, actor)
  }
  yield* Effect.catchTag(readSomeTimes(putRepliesAgain(runId, head)), "PayloadUnreadable", ({ message }) =>
    Effect.logError(`run ${placeOfAddress(runId)} has ended, and ${message}`)
  )
  if (lacking.length > 0) yield* appendLacking(runId, run, lacking, actor, options)
  if (endOf(head)?.tag !== "continued") yield* sendAway(runId, head, stored)
  if (head.concluded !== undefined) yield* answerWaiters(head.concluded.outcome, adoptedRows(head, stored))
  if (head.outcome?.tag === "continued") yield* handOver(runId, head, stored)
  else if (head.outcome !== undefined) yield* answerWaiters(head.outcome, stored.messages)
})

/** What came behind them is for the generation that the run is in by now. */
const adoptedRows = (head: Head, stored: StoredRun): ReadonlyArray<Message> => {
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return stored.messages.filter((message) => adopted.has(messageKey(message)))
}

/** Where today's code has other values, or none, the stream ends as it is. */
const appendLacking = Effect.fnUntraced(function* (
  runId: string,
  { head, start }: FinishedRun,
  lacking: Effect.Success<ReturnType<typeof lackingOutput>>,
  actor: Actor | undefined,
  { registry }: LoadOptions
) {
  const less = actor === undefined ? undefined : yield* appendAgain(runId, actor, lacking)
  // Another host knows the workflow, and reads the run like this one when something rings.
  if (registry.workflow(start.workflow, start.definitionVersion, runId) instanceof UnknownWorkflow) return
  // The run goes on, and so do its streams.
  if (head.status === "continued" && head.concluded === undefined) return
  if (actor === undefined)
    return yield* endLacking(runId, head.since, lacking, "today's code does not come to where the run ended")
  if (less !== undefined) yield* endLacking(runId, head.since, yield* lackingOutput(runId, head), less.message)
})

/** As it is by its head, which may be its last. Undefined, and a line of the log, where today's code does not come to that. */
export const replayed = Effect.fnUntraced(function* (
  runId: string,
  { head, start, stored }: Pick<FinishedRun, "head" | "start" | "stored">,
  options: LoadOptions
) {
  const { guard, registry } = options
  const workflow = registry.workflow(start.workflow, start.definitionVersion, runId)
  const lost = (why: string) =>
    Effect.as(
      Effect.logWarning(`run ${placeOfAddress(runId)} is over, and what it sent last cannot be made sure of: ${why}`),
      undefined
    )
  if (workflow instanceof UnknownWorkflow) return yield* lost(workflow.message)
  const messages = yield* Effect.result(
    readSomeTimes(Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 }))
  )
  if (messages._tag === "Failure") {
    if (messages.failure._tag === "StoreUnavailable") return yield* messages.failure
    return yield* lost(messages.failure.message)
  }
  const byKey = new Map(messages.success.map((message) => [messageKey(message), message]))
  const actor = new Actor({ workflow, runId, budget: options.budget, emitted: head.emitted })
  const order = adoptedOrder(head, stored)
  const hung = guard.portions(runId, workflow, true, replayInParts(actor, order, byKey))
  // One that goes on stands where its head says, command by command.
  if (hung === undefined && head.outcome === undefined)
    endReplay(actor, { order, open: head.open, abandoned: head.abandoned })
  const reason = hung ?? actor.parked
  if (reason !== undefined) return yield* lost(reason.message)
  if (head.outcome === undefined) return actor
  // One that was terminated, or left for an earlier message, is as it was then: its code has come to no end, or could come to none.
  const end = endOf(head)?.tag
  const isLeft = end === "continued" && stored.messages.some(({ kind }) => kind === "repair")
  if (end !== "terminated" && !isLeft && actor.outcome?.tag !== end) return yield* lost("its code has changed since")
  actor.ledger.endReplay()
  actor.emits.endReplay()
  return actor
})

/**
 * A run that goes on is parked over an object that cannot be read, and tried again when it is back. Nobody comes back to one that has ended: what is
 * given up here is lost, so an object that was away for a moment, or altered on its way, is asked for again.
 */
const readSomeTimes = <A, E extends { readonly _tag: string }, R>(read: Effect.Effect<A, E, R>) =>
  Effect.retry(read, {
    while: ({ _tag }) => _tag === "PayloadUnreadable",
    schedule: Schedule.exponential("100 millis"),
    times: 5
  })
