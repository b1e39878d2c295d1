import * as Effect from "effect/Effect"
import { addressOf } from "../../actor/history/generation.ts"
import type { RunStatus } from "../../actor/history/head.ts"
import type { Message } from "../../actor/history/message.ts"
import { fromPayload, isOpen } from "../../actor/values/payload.ts"
import { type RunSummary, RunTable } from "../../store/runTable.ts"
import type { DeadLetters, DeadStep } from "../shapes/deadLetters.ts"
import { letterOf } from "./letterOf.ts"

export interface DeadLettersOptions {
  /** Default: of all. */
  readonly workflow?: string
  /** Runs of which state are looked at. Default `failed`: where such a failure was handled, a run may have gone on. */
  readonly status?: RunStatus
  /** So many runs are looked at, each of which is read as a whole. Default 50, at most 200. */
  readonly limit?: number
  /** From the page before. */
  readonly cursor?: string
}

/**
 * Dead letters: those that lie in the queue now, where the store can tell, and the steps that have failed by one among a page of runs, the newest
 * first. Of a run that has continued as new, its last generation is looked at. Changes nothing.
 *
 * Fails with `StoreUnavailable`, or `CursorInvalid`.
 *
 * @example
 * const { waiting, steps, cursor } = await Effect.runPromise(
 *   findDeadLetters({ workflow: "fulfilOrder" }).pipe(Effect.provide(sqliteStore({ filename: "runs.db" })))
 * )
 */
export const findDeadLetters = Effect.fnUntraced(function* (options: DeadLettersOptions = {}) {
  const { cursor, limit = 50, status = "failed", workflow } = options
  const table = yield* RunTable
  const waiting =
    cursor === undefined ? yield* table.deadLetters?.(mostWaiting) ?? Effect.succeed(undefined) : undefined
  const page = yield* table.list({
    status,
    limit: Math.max(1, Math.min(limit, 200)),
    ...(workflow === undefined ? {} : { workflow }),
    ...(cursor === undefined ? {} : { cursor })
  })
  const steps = yield* Effect.forEach(
    page.runs,
    (run) =>
      Effect.map(table.readRun(addressOf(run.runId, run.generation)), ({ messages }) => deadStepsOf(run, messages)),
    { concurrency: 8 }
  )
  return {
    waiting: waiting?.map(letterOf) ?? null,
    steps: steps.flat(),
    looked: page.runs.length,
    ...(page.cursor === undefined ? {} : { cursor: page.cursor })
  } satisfies DeadLetters as DeadLetters
})

const mostWaiting = 100

const deadStepsOf = (run: RunSummary, messages: ReadonlyArray<Message>): ReadonlyArray<DeadStep> =>
  messages.flatMap((message) => {
    if (message.kind !== "step" || message.outcome.tag !== "died" || !isOpen(message.outcome.payload)) return []
    const failure = Object(fromPayload(message.outcome.payload)) as { readonly [name: string]: unknown }
    if (failure._tag !== "StepFailed" || failure.reason !== "deadLetter") return []
    const { generation, runId, status, workflow } = run
    const { at, attempts, key } = message
    return { runId, generation, workflow, status, key, at, attempts, message: String(failure.message) }
  })
