import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { LogicalClock } from "../../src/actor/runtime/logicalClock.ts"

const clock = () => {
  const slept: Array<number> = []
  const one = new LogicalClock((ms) => Effect.sync(() => void slept.push(ms)))
  return { one, slept }
}

it("the logical clock tells one time in all its units, and never goes back", () => {
  const { one } = clock()
  expect(one.currentTimeMillisUnsafe()).toBe(0)
  for (const time of [1_000, 400, 5_000, 4_999]) one.advanceTo(time)
  expect(one.currentTimeMillisUnsafe()).toBe(5_000)
  expect(one.currentTimeNanosUnsafe()).toBe(5_000_000_000n)
  expect(one.monotonicTimeNanosUnsafe()).toBe(5_000_000_000n)
  const read = Effect.all([Clock.currentTimeMillis, Clock.currentTimeNanos, one.monotonicTimeNanos])
  expect(Effect.runSync(Effect.provideService(read, Clock.Clock, one))).toEqual([5_000, 5_000_000_000n, 5_000_000_000n])
})

it.each([
  ["3 millis", [3]],
  ["1500 micros", [2]],
  ["1 nanos", [1]],
  ["Infinity", [Number.POSITIVE_INFINITY]],
  [0, []],
  [-1, []],
  ["-Infinity", []]
] as const)("a sleep of %s is a timer of whole milliseconds, rounded up, or none", (duration, timers) => {
  const { one, slept } = clock()
  Effect.runSync(one.sleep(Duration.fromInputUnsafe(duration)))
  expect(slept).toEqual(timers)
})
