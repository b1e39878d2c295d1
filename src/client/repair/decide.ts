import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { checkSignalId } from "../../actor/definitions/name.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { type DecisionMessage, messageKey, tracedBy } from "../../actor/history/message.ts"
import { RunTable } from "../../store/runTable.ts"
import { RepairInvalid } from "../errors.ts"
import { openNewest } from "../openNewest.ts"
import { freshId, tooLate } from "../send.ts"
import { CallersTrace } from "../tracing.ts"

export interface TerminateOptions {
  /** For people, in the run's history and outcome; 1,000 characters at most. Default: none. */
  readonly reason?: string
}

export interface PauseOptions {
  /** For people, in the run's history and in `client.get`; 1,000 characters at most. Default: none. */
  readonly reason?: string
  /** Makes it idempotent: asked again with the same id it is the pause that there was, over or not. Default: a fresh one. */
  readonly id?: string
}

export type ResumeOptions = Pick<PauseOptions, "id">

export const terminateRun = Effect.fnUntraced(function* (runId: string, reason: string | undefined) {
  const at = yield* Clock.currentTimeMillis
  const row = { kind: "terminate", at, reason: bounded(reason), ...tracedBy(yield* CallersTrace) } as const
  yield* decide(runId, row, "the termination")
})

export const pauseRun = Effect.fnUntraced(function* (runId: string, options: PauseOptions) {
  const id = yield* decisionId("pause", options.id)
  const at = yield* Clock.currentTimeMillis
  const row = { kind: "pause", at, id, reason: bounded(options.reason), ...tracedBy(yield* CallersTrace) } as const
  yield* decide(runId, row, "the pause")
})

export const resumeRun = Effect.fnUntraced(function* (runId: string, options: ResumeOptions) {
  const id = yield* decisionId("resume", options.id)
  const at = yield* Clock.currentTimeMillis
  yield* decide(runId, { kind: "resume", at, id, ...tracedBy(yield* CallersTrace) }, "the end of a pause")
})

const bounded = (reason: string | undefined): string | null => reason?.slice(0, 1_000).toWellFormed() ?? null

const decisionId = Effect.fnUntraced(function* (what: string, given: string | undefined) {
  if (given === undefined) return yield* freshId
  const wrong = checkSignalId(given)
  return wrong === undefined ? given : yield* new RepairInvalid({ message: `id of the ${what}: ${wrong}` })
})

/** Durable, or answered with what is wrong. Put before and asked again, also once the run has ended by it: the same answer. */
const decide = Effect.fnUntraced(function* (runId: string, row: DecisionMessage, what: string) {
  const table = yield* RunTable
  const { address, head } = yield* openNewest(runId)
  if (head === undefined || !isTerminal(head.status)) {
    const at = Math.max(row.at, lastAt(table, address) + 1, (head?.paused?.since ?? 0) + 1)
    yield* table.put(address, { ...row, at })
    noteLast(table, address, at)
    return
  }
  if ((yield* table.readMessage(address, messageKey(row))) !== undefined) return
  return yield* tooLate(runId, head, what)
})

/**
 * When this process has last decided about a run, by the time that it gave: decisions are taken in the order of their times, and a clock that steps
 * back must not have a pause behind the request which ends it.
 */
const decided = new WeakMap<RunTable["Service"], Map<string, number>>()
const mostNoted = 1_000

const lastAt = (table: RunTable["Service"], address: string): number => decided.get(table)?.get(address) ?? 0

const noteLast = (table: RunTable["Service"], address: string, at: number): void => {
  const known = decided.get(table) ?? new Map<string, number>()
  decided.set(table, known)
  known.delete(address)
  known.set(address, at)
  const [oldest] = known.keys()
  if (known.size > mostNoted && oldest !== undefined) known.delete(oldest)
}
