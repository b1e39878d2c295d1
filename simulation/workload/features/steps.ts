import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import type { StepContext } from "../../../src/actor/definitions/definition.ts"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { attempts, type Body, Declined, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import { Input } from "../programs.ts"
import { CurrentStepWatch } from "../stepWatch.ts"

/** Steps that take their time: with heartbeats, without, begun in time or never, at most once an attempt. */

interface Args {
  readonly step: keyof typeof steps
  /** What its code does: see `code`. */
  readonly how: number
  /** The run waits for no longer. */
  readonly withinMs: number | null
  /** Or it is one of two in a race. */
  readonly isRaced: boolean
}

export const heartbeatMs = 6_000
export const scheduleToStartMs = 5_000
/** Between two heartbeats of code that is well. */
const tickMs = 3_000

const hows = ["quick", "long", "falls silent", "fails after a while"] as const

/** It goes on from where the last execution was, and tells how far it is after each piece of work. */
const code = (name: string) => (input: Input, context: StepContext<number>) =>
  Effect.flatMap(CurrentStepWatch, (watch) =>
    watch.execute(name, context, (tell, pause) =>
      Effect.gen(function* () {
        const how = hows[input.site % hows.length]
        const ticks = how === "quick" ? 1 : how === "long" ? 12 : 3
        const from = context.lastDetails ?? 0
        for (let done = from + 1; done <= from + ticks; done++) {
          yield* pause(how === "quick" ? 500 : tickMs)
          yield* context.heartbeat(done)
          tell(done)
        }
        if (how === "falls silent" && context.attempt < 3) yield* Effect.never
        if (how === "fails after a while" && context.attempt < 3) return yield* new Declined({ code: context.attempt })
        return (input.value + context.attempt) % 100
      })
    )
  )

const retry = { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 }

const types = { input: Input, output: Schema.Number, error: Declined, retry, timeout: "45 seconds" } as const

const steps = {
  beats: defineStep("beats", { ...types, heartbeat: heartbeatMs, details: Schema.Number, run: code("beats") }),
  slow: defineStep("slow", { ...types, run: code("slow") }),
  once: defineStep("once", { ...types, atMostOnce: true, run: code("once") }),
  soon: defineStep("soon", { ...types, scheduleToStart: scheduleToStartMs, run: code("soon") })
}

/** Code that falls silent is noticed where heartbeats are asked for, and otherwise takes all of the time that it has. */
const call = ({ how, isRaced, step, withinMs }: Args, value: number, body: Body): Meaning => {
  const ask = (site: number) => {
    const input: Input = { site, value }
    return Effect.andThen(
      noted(body, step, input),
      Effect.suspend(() => Effect.catch(steps[step].orFail(input), ({ _tag }) => Effect.succeed(-_tag.length)))
    )
  }
  const answer = isRaced ? Effect.race(ask(how), ask(0)) : ask(how)
  return withinMs === null
    ? answer
    : Effect.map(
        Effect.timeoutOption(answer, withinMs),
        Option.getOrElse(() => -1)
      )
}

const noted = ({ trace }: Body, step: string, input: Input): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    trace.asked.push({ step, input })
    trace.askedAt = now
    // When its time is up the runtime asks for a step of its own: from then on a run that is late is so as if its body had asked.
    if (step === "soon") trace.isCatchingUp = true
  })

export const takesItsTime: Feature<Args> = {
  name: "takesItsTime",
  args: fc.record({
    step: fc.constantFrom<Args["step"]>("beats", "beats", "slow", "once", "once", "soon"),
    how: fc.constantFrom(0, 1, 1, 2, 3, 3),
    withinMs: fc.constantFrom(null, null, 5_000, 5_000, 15_000),
    isRaced: fc.boolean()
  }),
  call,
  steps: Object.values(steps)
}
