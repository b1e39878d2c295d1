import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

// The host's clock and randomness, as workflow code sees them and as everyone else goes on seeing them.

const looks = Effect.sync(() => [
  Date.now(),
  // biome-ignore lint/complexity/useDateNow: both ways to the clock are looked at
  new Date().getTime(),
  Date.parse(Date()),
  new Date(5).getTime(),
  Date.UTC(1970, 0, 2)
])

describe("in workflow code", () => {
  it("Date is the run's logical time; dates of something stay that", () => {
    const bench = new Bench(workflowOf(Effect.andThen(Effect.sleep(59_000), looks)))
    bench.start()
    bench.timer("59000ms#0")
    expect(bench.outcome).toEqual({ tag: "succeeded", value: [60_000, 60_000, 60_000, 5, 86_400_000] })
  })

  it("performance.now measures the run's logical time, and the host's again outside", () => {
    const before = performance.now
    const measure = Effect.gen(function* () {
      const start = performance.now()
      yield* Effect.sleep(59_000)
      return performance.now() - start
    })
    const bench = new Bench(workflowOf(measure))
    bench.start()
    bench.timer("59000ms#0")
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 59_000 })
    expect(performance.now).toBe(before)
  })

  it("new Date() is a Date", () => {
    const bench = new Bench(workflowOf(Effect.sync(() => [new Date() instanceof Date, new Date().toISOString()])))
    bench.start()
    expect(bench.outcome?.value).toEqual([true, "1970-01-01T00:00:01.000Z"])
  })

  it("DateTime, Clock and Date agree, and time stands still within a turn", () => {
    const body = Effect.gen(function* () {
      const before = yield* Clock.currentTimeMillis
      for (let i = 0; i < 1_000; i++) yield* Effect.yieldNow
      return [
        before,
        DateTime.nowUnsafe().epochMilliseconds,
        yield* Clock.currentTimeMillis,
        Number((yield* Clock.currentTimeNanos) / 1_000_000n)
      ]
    })
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.outcome?.value).toEqual([1_000, 1_000, 1_000, 1_000])
  })

  it("Math.random is the run's own: the same in replay, another in another run", () => {
    const body = Effect.gen(function* () {
      const before = [Math.random(), Math.random()]
      yield* echo(before)
      return [...before, Math.random()]
    })
    const [one, two] = ["run-1", "run-2"].map((runId) => {
      const bench = new Bench(workflowOf(body), { runId })
      bench.start()
      bench.step("echo#0")
      return bench.outcome?.value as ReadonlyArray<number>
    })
    expect(new Set([...(one ?? []), ...(two ?? [])]).size).toBe(6)
    for (const number of one ?? []) expect(number >= 0 && number < 1).toBe(true)
  })
})

describe("outside of workflow code", () => {
  const original = { Date, random: Math.random, setTimeout, setInterval, setImmediate, queueMicrotask, fetch }
  const { then } = Promise.prototype

  const expectUntouched = () => {
    expect({ Date, random: Math.random, setTimeout, setInterval, setImmediate, queueMicrotask, fetch }).toEqual(
      original
    )
    expect(Date).toBe(original.Date)
    expect(Promise.prototype.then).toBe(then)
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000)
    expect(crypto.randomUUID()).not.toBe(crypto.randomUUID())
  }

  afterEach(expectUntouched)

  it("all is as before after a turn", () => {
    new Bench(workflowOf(looks)).start()
    expectUntouched()
  })

  it("all is as before after a turn that threw", () => {
    new Bench(workflowOf(Effect.sync(() => setTimeout(() => {}, 0)))).start()
    expectUntouched()
    new Bench(workflowOf(Effect.die("broken"))).start()
    expectUntouched()
  })

  it("a test's own clock is put back, not the host's", () => {
    class FrozenDate extends original.Date {}
    globalThis.Date = FrozenDate as DateConstructor
    try {
      new Bench(workflowOf(looks)).start()
      expect(Date).toBe(FrozenDate)
    } finally {
      globalThis.Date = original.Date
    }
  })
})
