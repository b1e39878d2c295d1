import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { defineLimit } from "../../../src/actor/calls/limits/defineLimit.ts"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { attempts, type Body, Declined, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import { Input } from "../programs.ts"
import { CurrentStepWatch } from "../stepWatch.ts"
import type { Trace } from "../trace.ts"

/** Steps of which so many go on at a time, of one key for all runs. */

interface Args {
  readonly key: string
  readonly priority: number
  /** The run waits for no longer, be it for a place or for the step. */
  readonly withinMs: number | null
}

export const places = 1

export const narrow = defineLimit("narrow", { concurrency: places })

const keyOf = ({ site }: Input): string => (site % 2 === 0 ? "even" : "odd")

const squeezes = defineStep("squeezes", {
  input: Input,
  output: Schema.Number,
  error: Declined,
  retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 },
  timeout: "45 seconds",
  limit: { limit: narrow, key: keyOf, priority: ({ site }) => site % 3 },
  run: ({ value }, context) =>
    Effect.flatMap(CurrentStepWatch, (watch) =>
      watch.execute("squeezes", context, (_, pause) => Effect.as(pause(200), (value + context.attempt) % 100))
    )
})

const call = ({ key, priority, withinMs }: Args, value: number, { trace }: Body): Meaning => {
  const input: Input = { site: 6 + priority * 2 + (key === "even" ? 0 : 3), value }
  const answer = Effect.suspend(() => {
    trace.asked.push({ step: "squeezes", input })
    return Effect.catch(squeezes.orFail(input), ({ _tag }) => Effect.succeed(-_tag.length))
  })
  const bounded =
    withinMs === null
      ? answer
      : Effect.map(
          Effect.timeoutOption(answer, withinMs),
          Option.getOrElse(() => -1)
        )
  return asking(trace, bounded)
}

const underWayOf = new WeakMap<Trace, number>()

/** The step is asked for when there is a place: what is asleep beside it may be put off until then. */
const asking = <A, E, R>(trace: Trace, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    underWayOf.set(trace, (underWayOf.get(trace) ?? 0) + 1)
    trace.askedAt = Number.POSITIVE_INFINITY
    const through = Effect.map(Clock.currentTimeMillis, (now) => {
      const left = (underWayOf.get(trace) ?? 1) - 1
      underWayOf.set(trace, left)
      if (left === 0) trace.askedAt = now
    })
    return Effect.ensuring(effect, through)
  })

export const isLimited: Feature<Args> = {
  name: "limits",
  args: fc.record({
    key: fc.constantFrom("even", "even", "even", "odd"),
    priority: fc.nat(2),
    withinMs: fc.constantFrom(null, null, 5, 60_000)
  }),
  call,
  steps: [squeezes],
  isAlone: true
}
