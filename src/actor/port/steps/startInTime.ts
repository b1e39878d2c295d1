import * as Effect from "effect/Effect"
import type { AnyStep } from "../../definitions/definition.ts"
import { StepFailed } from "../../errors.ts"
import type { PortOptions } from "../portOptions.ts"
import { sleepMs } from "../sleep.ts"

/**
 * The answer of a step, unless nobody has begun it when its time is up. Then it is kept from being begun (`expire`), and from there on the run does not
 * wait for it. One that was begun in time is waited for.
 */
export const startInTime = (
  options: PortOptions,
  { stepName }: AnyStep,
  withinMs: number,
  answer: Effect.Effect<unknown, unknown>,
  expire: Effect.Effect<unknown, unknown>
): Effect.Effect<unknown, unknown> => {
  const message = `step ${stepName} was begun by no worker within ${withinMs} ms`
  const failure = new StepFailed({ message, step: stepName, reason: "scheduleToStart", attempts: 0 })
  const expired = Effect.flatMap(expire, (isExpired) => (isExpired === true ? Effect.die(failure) : Effect.never))
  return Effect.raceFirst(answer, Effect.andThen(sleepMs(options, withinMs, `dynactor.start.${stepName}`), expired))
}
