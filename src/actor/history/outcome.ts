import type { Payload } from "../values/payload.ts"

/**
 * How a step, a child run or a run ended, in stored form.
 *
 * - `succeeded`: payload by the output schema
 * - `failed`: payload by the declared error schema
 * - `died`: payload is a JSON description of a defect or of a typed failure of the runtime such as `StepFailed`
 * - `cancelled`: payload is the reason (JSON string or null)
 * - `terminated`: the same. Its code was not asked: nothing was compensated
 */
export interface Outcome {
  readonly tag: OutcomeTag
  readonly payload: Payload
}

export type OutcomeTag = "succeeded" | "failed" | "died" | "cancelled" | "terminated"

/** How a generation ended: with the outcome of its run, or by leaving the run to the next one. No message carries that. */
export type Ending = Outcome | { readonly tag: "continued" /** Of a `Continuation`. */; readonly payload: Payload }

export type EndingTag = Ending["tag"]
