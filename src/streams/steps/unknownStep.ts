import { StepFailed } from "../../actor/errors.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"

/** The answer to a step that no host in reach can run. */
export const unknownStep = (name: string, known: ReadonlyArray<string>): Outcome =>
  stepFailedOutcome(
    new StepFailed({
      message: `no step ${name} is registered with this host; it knows ${known.join(", ") || "none"}`,
      step: name,
      reason: "unknownStep",
      attempts: 0
    })
  )
