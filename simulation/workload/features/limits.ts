import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { attempts, type Body, Declined, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import { Input } from "../programs.ts"
import { CurrentStepWatch } from "../stepWatch.ts"
import type { Trace } from "../trace.ts"
import { type DrawnLimit, drawnLimits, keyOfSite, siteOf } from "./limits/drawnLimits.ts"
import { type Seat, seated, seatKeyOf, seats, sits } from "./limits/seats.ts"

/** Steps, and child runs, of which so many go on at a time, or begin in a time, of one key for all runs. */
type Args =
  | {
      readonly do: "steps"
      readonly limit: DrawnLimit
      readonly key: "even" | "odd"
      readonly priority: number
      /** So many at once, each of another priority. */
      readonly times: number
      /** The run waits for no longer, be it for a place or for the step. */
      readonly withinMs: number | null
    }
  | ({ readonly do: "seats"; readonly times: number; readonly withinMs: number | null } & Seat)

const stepOf = (limit: DrawnLimit) =>
  defineStep(`by-${limit}`, {
    input: Input,
    output: Schema.Number,
    error: Declined,
    retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 },
    timeout: "45 seconds",
    limit: { limit: drawnLimits[limit], key: keyOfSite, priority: ({ site }) => site % 3 },
    run: ({ value }, context) =>
      Effect.flatMap(CurrentStepWatch, (watch) =>
        watch.execute(`by-${limit}`, context, (_, pause) => Effect.as(pause(200), (value + context.attempt) % 100))
      )
  })

const steps = {
  narrow: stepOf("narrow"),
  pair: stepOf("pair"),
  trio: stepOf("trio"),
  paced: stepOf("paced"),
  both: stepOf("both")
}

const call = (args: Args, value: number, body: Body): Meaning => {
  const { times, withinMs } = args
  const all = Effect.forEach(
    Array.from({ length: times }, (_, index) => index),
    (index) => (args.do === "steps" ? step(args, index, value, body) : seat(args, index, value, body)),
    { concurrency: "unbounded" }
  )
  const answer = Effect.map(all, (numbers) => numbers.reduce((sum, one) => sum + one, 0))
  const bounded =
    withinMs === null
      ? answer
      : Effect.map(
          Effect.timeoutOption(answer, withinMs),
          Option.getOrElse(() => -1)
        )
  return asking(body.trace, bounded)
}

const step = (args: Extract<Args, { do: "steps" }>, index: number, value: number, { trace }: Body) =>
  Effect.suspend(() => {
    const { key, limit, priority } = args
    const input: Input = { site: siteOf(key, (priority + index) % 3), value: value + index }
    trace.asked.push({ step: `by-${limit}`, input })
    return Effect.catch(steps[limit].orFail(input), ({ _tag }) => Effect.succeed(-_tag.length))
  })

const seat = (args: Extract<Args, { do: "seats" }>, index: number, value: number, { trace }: Body) =>
  Effect.suspend(() => {
    const { key, policy, priority, what } = args
    const input = { what, key, rank: (priority + index) % 3, value, left: 2 }
    const options = { key: seatKeyOf(trace, policy), whenParentEnds: policy }
    return Effect.catch(seated.childOrFail(input, options), ({ _tag }) => Effect.succeed(-_tag.length))
  })

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

const key = fc.constantFrom<"even" | "odd">("even", "even", "even", "odd")
const times = fc.constantFrom(1, 2, 4, 6)
const withinMs = fc.constantFrom(null, null, null, 5, 60_000)

/** What somebody outside does to such a child run, or to what gives the places: each counted from the first there is. */
export interface Disturbance {
  readonly to: "seated" | "limiter"
  readonly nth: number
  /** Twice: what gives the places may have begun anew since, for whoever waits. */
  readonly do: "cancel" | "cancelTwice" | "terminate" | "pause"
  readonly forMs: number
}

export const isLimited: Feature<Args> = {
  name: "limits",
  args: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("steps" as const),
        limit: fc.constantFrom<DrawnLimit>("narrow", "narrow", "pair", "trio", "paced", "paced", "both"),
        key,
        priority: fc.nat(2),
        times,
        withinMs
      })
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("seats" as const), ...seats, key, times, withinMs }) }
  ),
  call,
  acts: fc.record({
    to: fc.constantFrom<Disturbance["to"]>("seated", "limiter"),
    nth: fc.nat(3),
    do: fc.constantFrom<Disturbance["do"]>("cancel", "cancelTwice", "terminate", "pause"),
    forMs: fc.oneof(fc.nat(500), fc.nat(20_000))
  }),
  workflows: [seated],
  steps: [...Object.values(steps), sits],
  isAlone: true
}
