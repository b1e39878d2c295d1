import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { sleep, sleepUntil } from "../../src/actor/calls/sleep.ts"
import { Bench } from "./bench.ts"
import { approved, echo, workflowOf } from "./definitions.ts"

const last = 8_640_000_000_000_000

describe("a sleep until a moment", () => {
  it.each([
    ["a Date", new Date(61_000)],
    ["a DateTime", DateTime.makeUnsafe(61_000)],
    ["a DateTime of a zone", DateTime.makeZonedUnsafe(61_000, { timeZone: "Asia/Kolkata" })],
    ["epoch milliseconds", 61_000],
    ["a part of a millisecond", 60_999.5]
  ])("given as %s is a timer that is named by it", (_, moment) => {
    const bench = new Bench(workflowOf(Effect.as(sleepUntil(moment), null)))
    expect(bench.start().commands).toEqual([
      { kind: "timer", key: "1970-01-01T00:01:01.000Z#0", due: 61_000, fingerprint: "61000", index: 1, isFixed: true }
    ])
    bench.timer("1970-01-01T00:01:01.000Z#0")
    expect(bench.outcome?.tag).toBe("succeeded")
  })

  it.each([1_000, 999, 0, -1, -last, Number.NEGATIVE_INFINITY])("that is past (%d) is none", (moment) => {
    const bench = new Bench(workflowOf(Effect.as(sleepUntil(moment), null)))
    expect(bench.start().commands).toEqual([])
    expect(bench.outcome?.tag).toBe("succeeded")
  })

  it("may be the last that a Date can hold; beyond it a sleep is endless", () => {
    const bench = new Bench(workflowOf(sleepUntil(new Date(last))))
    expect(bench.start().commands).toMatchObject([{ key: "+275760-09-13T00:00:00.000Z#0", due: last }])
    for (const beyond of [last + 1, Number.POSITIVE_INFINITY]) {
      const endless = new Bench(workflowOf(sleepUntil(beyond)))
      expect(endless.start().commands).toEqual([])
      expect(endless.actor.waiting.endless).toBe(true)
      endless.cancel()
      expect(endless.outcome?.tag).toBe("cancelled")
    }
  })

  it("is cancelled with its run", () => {
    const bench = new Bench(workflowOf(sleepUntil(new Date(last))))
    bench.start()
    expect(bench.cancel("no longer").commands).toMatchObject([{ kind: "clearTimer", due: last }])
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "no longer" })
  })

  it.each([new Date("never"), Number.NaN, "2027-01-01", undefined, null, {}])("of %j is refused", (moment) => {
    expect(() => sleepUntil(moment as never)).toThrow(/a Date, a DateTime or epoch milliseconds/)
  })

  it("keeps its time where a host is late, though a step is asked for on the way", () => {
    // Wakes an hour late, asks for a step, and sleeps until a moment: a sleep of a length counts from then, a moment is a moment.
    const body = Effect.andThen(
      Effect.sleep(1_000),
      Effect.all([sleepUntil(7_200_000), Effect.sleep(1_000), echo(0)], { concurrency: "unbounded" })
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    const hour = 3_600_000
    const turn = bench.deliver({ kind: "timer", at: hour, key: "1000ms#0", due: 2_000 })
    const dues = turn.commands.flatMap((one) => (one.kind === "timer" ? [[one.key, one.due]] : []))
    expect(dues).toEqual([
      ["1970-01-01T02:00:00.000Z#0", 7_200_000],
      ["1000ms#1", hour + 1_000]
    ])
  })
})

describe("a sleep with a name", () => {
  it("is a timer of that name, whatever its length and its place", () => {
    const body = Effect.all([sleep("1 hour", { name: "trial" }), sleep(500, { name: "pause" }), sleep(500)], {
      concurrency: "unbounded"
    })
    const bench = new Bench(workflowOf(Effect.andThen(body, sleepUntil(9_000_000, { name: "trial" }))))
    expect(bench.start().commands).toMatchObject([
      { key: "trial#0", due: 3_601_000 },
      { key: "pause#0", due: 1_500 },
      { key: "500ms#0", due: 1_500 }
    ])
    bench.timer("trial#0")
    // The others were due before it, and have no row.
    expect([...bench.commands].sort()).toEqual(["clearTimer 500ms#0", "clearTimer pause#0", "timer trial#1"])
  })

  it("survives that other sleeps of its length come before it and go", () => {
    const trial = sleep("7 days", { name: "trial" })
    const old = new Bench(workflowOf(Effect.andThen(approved.receive, trial)))
    old.start()
    old.signal("approved", 1)
    const other = Effect.raceFirst(Effect.sleep("7 days"), approved.receive)
    const rebuilt = old.rebuilt({ workflow: workflowOf(Effect.andThen(other, trial)) })
    expect(rebuilt.parked).toBeUndefined()
    const unnamed = new Bench(workflowOf(Effect.andThen(approved.receive, Effect.sleep("7 days"))))
    unnamed.start()
    unnamed.signal("approved", 1)
    const moved = unnamed.rebuilt({ workflow: workflowOf(Effect.andThen(other, Effect.sleep("7 days"))) })
    expect(moved.parked?._tag).toBe("NonDeterminismError")
  })

  it("of nothing is no timer", () => {
    expect(new Bench(workflowOf(sleep(0, { name: "none" }))).start().commands).toEqual([])
  })

  it.each([
    [{ name: "" }, /^sleep name "": use 1 to 64/],
    [{ name: "a b" }, /^sleep name "a b"/],
    [{ name: "7ms" }, /^sleep name "7ms": timers without a name/],
    [{ name: 7 }, /^sleep name number/],
    [{ key: "a" }, /a sleep has no option "key"/]
  ])("cannot be called %j", (options, why) => {
    expect(() => sleep(1, options as never)).toThrow(why)
    expect(() => sleepUntil(1, options as never)).toThrow(why)
  })

  it.each(["soon", Number.NaN, -1, undefined])("cannot last for %j", (duration) => {
    expect(() => sleep(duration as never)).toThrow(/a sleep is .*: a duration of 0 or more/)
  })
})
