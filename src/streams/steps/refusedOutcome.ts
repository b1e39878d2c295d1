import { StepFailed } from "../../actor/errors.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import type { StoreRefused } from "../../store/errors.ts"

/** The answer to a step whose own outcome the store will never take. Its code is not run again for that: it has done its work. */
export const refusedOutcome = (step: string, attempts: number, { message }: StoreRefused): Outcome =>
  stepFailedOutcome(
    new StepFailed({
      message: `the outcome of step ${step} cannot be stored: ${message}`,
      step,
      reason: "payload",
      attempts
    })
  )

/** The answer to a step that is to be tried again, and whose next message the queue will never take. */
export const unsentAttempt = (step: string, attempts: number, { message }: StoreRefused): Outcome =>
  stepFailedOutcome(
    new StepFailed({
      message: `attempt ${attempts} of step ${step} failed, and the next one cannot be sent: ${message}`,
      step,
      reason: "payload",
      attempts
    })
  )
