import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { StepFailed } from "../errors.ts"
import type { Json } from "../values/json.ts"
import type { Outcome } from "./outcome.ts"

const decode = Schema.decodeUnknownExit(Schema.toCodecJson(StepFailed))
const encode = Schema.encodeSync(Schema.toCodecJson(StepFailed))

/** The outcome of a step that ended without a typed answer. */
export const stepFailedOutcome = (failure: StepFailed): Outcome => ({
  tag: "died",
  payload: { json: JSON.stringify(encode(failure)) }
})

/** Never throws: what a newer or older version has written is shown as far as it can be read. */
export const decodeStepFailed = (step: string, cause: Json): StepFailed => {
  const exit = decode(cause)
  if (Exit.isSuccess(exit)) return exit.value
  return new StepFailed({ message: `step ${step} died`, step, reason: "defect", attempts: 0, cause })
}
