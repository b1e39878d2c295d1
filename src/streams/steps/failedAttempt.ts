import * as Effect from "effect/Effect"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { labelsOf, placeOfAddress } from "../../actor/history/generation.ts"
import { describeDefect } from "../../actor/values/defect.ts"
import type { Execution, ExecutionRequest } from "./execution.ts"

// How a failed attempt is told in the log and by `client.get`. A defect is told by its name and message. A typed error is an answer
// of the user's, and what it carries may be a secret (S16): its name is told, and nothing else of it.

export const defectText = (defect: unknown): string => bounded(describeDefect(defect))

export const errorText = (error: unknown): string => bounded(nameOf(error))

const nameOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return `an error of type ${error === null ? "null" : typeof error}`
  try {
    const { _tag, name } = error as { readonly _tag?: unknown; readonly name?: unknown }
    if (typeof _tag === "string") return _tag
    return error instanceof Error && typeof name === "string" ? name : "an error without a name"
  } catch {
    return "an error whose name cannot be read"
  }
}

const longest = 500

const bounded = (text: string): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 4).toWellFormed()} ...`

/** What user code logs in an attempt, and what is said of it, says whose it is. */
export const attemptAnnotations = (step: AnyStep, { attempt, key, runId, workflow }: ExecutionRequest) => ({
  ...labelsOf(runId),
  ...(workflow === undefined ? {} : { workflow }),
  step: step.stepName,
  key,
  attempt
})

/** One line for each attempt that failed: operators see a step that keeps failing before its run does. */
export const tellFailedAttempt = (
  step: AnyStep,
  request: ExecutionRequest,
  execution: Execution
): Effect.Effect<void> => {
  if (execution.because === undefined) return Effect.void
  const next =
    execution._tag === "Retry"
      ? `tried again in ${seconds(execution.delayMs)}`
      : request.attempt < step.retry.attempts
        ? "not tried again, as this is no error that another attempt may mend"
        : "not tried again"
  return Effect.logWarning(
    `step ${request.key} of run ${placeOfAddress(request.runId)} failed, attempt ${request.attempt} of ${step.retry.attempts}, ${next}: ${execution.because}`
  ).pipe(Effect.annotateLogs(attemptAnnotations(step, request)))
}

const seconds = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`)
