import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { expireUnbegun } from "../calls/expireUnbegun.ts"
import type { AnyStep } from "../definitions/definition.ts"
import { StepFailed } from "../errors.ts"
import type { Outcome } from "../history/outcome.ts"
import { decodeStepFailed } from "../history/stepFailure.ts"
import { fromPayload } from "../values/payload.ts"
import { decoded, type PortOptions } from "./portOptions.ts"
import { startInTime } from "./steps/startInTime.ts"

export const callStep = (
  options: PortOptions,
  step: AnyStep,
  input: unknown,
  userKey: string | undefined
): Effect.Effect<unknown, unknown> => {
  const { ledger } = options
  const encoded = step.input().encode(input)
  if (Result.isFailure(encoded)) {
    const message = `input of step ${step.stepName} does not fit its schema: ${encoded.failure}`
    return Effect.die(new StepFailed({ message, step: step.stepName, reason: "invalidInput", attempts: 0 }))
  }
  const { payload, fingerprint } = encoded.success
  const name = step.stepName
  const key =
    userKey === undefined ? ledger.nextKey("step", name) : ledger.nextUserKey("step", name, userKey, fingerprint)
  if (typeof key !== "string") {
    const { reason, why } = key
    return Effect.die(new StepFailed({ message: `step ${name}: ${why}`, step: name, reason, attempts: 0 }))
  }
  const answer: Effect.Effect<unknown, unknown> = Effect.callback((resume) => {
    ledger.issue(
      { kind: "step", key, name: step.stepName, fingerprint, index: ledger.index, input: payload, inline: step.inline },
      (outcome) => resume(stepExit(options, step, outcome as Outcome)),
      step.input
    )
    return Effect.sync(() => ledger.abandon("step", key))
  })
  if (step.scheduleToStartMs === undefined) return answer
  const expire = Effect.suspend(() => callStep(options, expireUnbegun, { address: ledger.runId, key }, key))
  return startInTime(options, step, step.scheduleToStartMs, answer, expire)
}

const stepExit = (options: PortOptions, step: AnyStep, outcome: Outcome): Effect.Effect<unknown, unknown> => {
  switch (outcome.tag) {
    case "succeeded":
      return decoded(options, step.output(), outcome, Effect.succeed)
    case "failed":
      return decoded(options, step.error(), outcome, Effect.fail)
    default:
      return Effect.die(decodeStepFailed(step.stepName, fromPayload(outcome.payload)))
  }
}
