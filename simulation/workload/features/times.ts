import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { pollUntil } from "../../../src/actor/calls/pollUntil.ts"
import { sleep, sleepUntil } from "../../../src/actor/calls/sleep.ts"
import type { Body, Feature, Meaning } from "../feature.ts"
import { noteWaking, type Trace } from "../trace.ts"

type Args =
  | { readonly call: "until"; readonly ms: number; readonly isNamed: boolean }
  | { readonly call: "named"; readonly ms: number }
  | {
      readonly call: "poll"
      readonly step: "reserve" | "lookUp" | null
      readonly met: number
      readonly everyMs: number
      readonly times: number
    }

/** Sleeps until a moment, sleeps with a name, and conditions that are polled for. */
export const times: Feature<Args> = {
  name: "times",
  args: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        call: fc.constant("until" as const),
        ms: fc.constantFrom(-1_000, 0, 5, 20_000, 60_000, 90_000),
        isNamed: fc.boolean()
      })
    },
    { weight: 2, arbitrary: fc.record({ call: fc.constant("named" as const), ms: fc.constantFrom(0, 5, 60_000) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        call: fc.constant("poll" as const),
        step: fc.constantFrom("reserve" as const, "lookUp" as const, null),
        met: fc.integer({ min: 1, max: 4 }),
        everyMs: fc.constantFrom(5, 20_000),
        times: fc.integer({ min: 1, max: 4 })
      })
    }
  ),
  call: (args, value, body) => {
    switch (args.call) {
      case "until":
        return Effect.as(until(body.trace, args.ms, args.isNamed), value)
      case "named":
        return Effect.as(asleep(body.trace, args.ms, sleep(args.ms, { name: "nap" }), false), value)
      case "poll":
        return poll(args, value, body)
    }
  }
}

const until = (trace: Trace, ms: number, isNamed: boolean) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const due = now + ms
    const moment = { due }
    trace.moments.add(moment)
    return Effect.ensuring(
      asleep(trace, ms, sleepUntil(due, isNamed ? { name: "nap" } : {}), true),
      Effect.sync(() => void trace.moments.delete(moment))
    )
  })

const asleep = <R>(trace: Trace, ms: number, slept: Effect.Effect<void, never, R>, isFixed: boolean) =>
  Effect.flatMap(Clock.currentTimeMillis, (from) => {
    if (ms <= 0) return slept
    const own = { from, due: from + ms, isFixed }
    trace.asleep.add(own)
    const woken = Effect.map(Clock.currentTimeMillis, (to) => noteWaking(trace, own, to))
    return Effect.ensuring(
      Effect.andThen(slept, woken),
      Effect.sync(() => void trace.asleep.delete(own))
    )
  })

const poll = (args: Extract<Args, { readonly call: "poll" }>, value: number, { go, trace }: Body): Meaning =>
  Effect.suspend(() => {
    const { everyMs, met, step, times: most } = args
    let answeredAt = Number.NaN
    const answered = Effect.map(Clock.currentTimeMillis, (now) => {
      answeredAt = now
    })
    const check = (state: { readonly checks: number }, checks: number) => {
      if (state.checks !== checks || checks >= most)
        trace.astray ??= `check ${checks + 1} of ${most} is given the state of ${state.checks}`
      const asked =
        step === null ? Effect.succeed(value) : go({ do: "step", step, input: 2, on: "catchAny", key: false })
      return Effect.as(Effect.tap(asked, answered), { checks: checks + 1 })
    }
    const options = { initial: { checks: 0 }, every: everyMs, times: most, name: "poll" }
    return pollUntil(check, { ...options, until: ({ checks }) => checks >= met }).pipe(
      Effect.flatMap(({ checks }) =>
        Effect.map(Clock.currentTimeMillis, (to) => {
          if (checks !== met || to !== answeredAt)
            trace.astray ??= `what is met by check ${met} was met by check ${checks}, ${to - answeredAt} ms after its answer`
          return value + checks
        })
      ),
      Effect.catchTag("PollUsedUp", ({ checks }) => {
        if (checks !== most || met <= most)
          trace.astray ??= `what is met by check ${met} of ${most} was given up after ${checks}`
        return Effect.succeed(-checks)
      })
    )
  })
