import type { Outcome } from "./outcome.ts"

/**
 * What a run answers to an update. No inbox row: nobody is rung by it, and no replay reads it. It follows the commit that adopts what
 * led to it.
 */
export interface Reply {
  readonly name: string
  /** Of the update. */
  readonly id: string
  /** `died` is an {@link UpdateFailure}. */
  readonly outcome: Outcome
}

/** Why an update has no answer of its own kind. As JSON in the reply. */
export interface UpdateFailure {
  readonly reason: UpdateFailureReason
  readonly message: string
  readonly cause?: unknown
}

export type UpdateFailureReason = (typeof updateFailureReasons)[number]

export const updateFailureReasons = [
  /** The body had no handler for it when it came. Nothing was done. */
  "noHandler",
  /** The input does not fit the schema of the code that runs. Nothing was done. */
  "invalidInput",
  /** The run ended, or was cancelled, before it was answered: the handler may not have begun, or was interrupted. */
  "runEnded",
  /** The handler, or the validator, ended with a defect. */
  "died",
  /** The handler's answer, or its error, does not fit the schema. */
  "invalidAnswer",
  /** The store does not take the answer. */
  "refused",
  /** Asked for the answer to what nobody has sent. */
  "notSent"
] as const

export const failedUpdate = (failure: UpdateFailure): Outcome => ({
  tag: "died",
  payload: { json: JSON.stringify(failure) }
})
