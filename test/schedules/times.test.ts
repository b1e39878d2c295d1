import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ScheduleSpec } from "../../src/actor/calls/schedules/scheduleSpec.ts"
import {
  latestTime,
  nextTime,
  shiftOf,
  timesBetween,
  timesThatHaveCome
} from "../../src/actor/calls/schedules/scheduleTimes.ts"
import { defineSchedule, defineWorkflow } from "../../src/index.ts"

const report = defineWorkflow("report", {
  input: Schema.Struct({ day: Schema.Date }),
  output: Schema.Void,
  run: () => Effect.void
})
const input = { day: new Date(0) }

const specOf = (options: object): ScheduleSpec =>
  defineSchedule("nightly", { workflow: report, input, ...options } as never).spec

const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
const at = (text: string) => Date.parse(text)

describe("times of a schedule", () => {
  it("by cron, in its zone, on the two nights of the year", () => {
    const spec = specOf({ cron: "30 2 * * *", timeZone: "Europe/Berlin" })
    const spring = timesBetween(spec, at("2026-03-28T00:00:00Z"), at("2026-03-30T12:00:00Z"), 10)
    expect(spring.map(iso)).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:30:00.000Z",
      "2026-03-30T00:30:00.000Z"
    ])
    const autumn = timesBetween(spec, at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z"), 10)
    expect(autumn.map(iso)).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"])
    const twice = specOf({ cron: "30 2 * * *", timeZone: "Europe/Berlin", onDstOverlap: "both" })
    expect(timesBetween(twice, at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z"), 10).map(iso)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T01:30:00.000Z"
    ])
  })

  it("by one expression are others in another zone, whichever was asked for before", () => {
    const [berlin, tokyo] = ["Europe/Berlin", "Asia/Tokyo"].map((timeZone) => specOf({ cron: "0 6 * * *", timeZone }))
    const first = (spec: ScheduleSpec | undefined) => iso(nextTime(spec as ScheduleSpec, at("2026-11-29T12:00:00Z")))
    const asked = [berlin, tokyo, berlin, tokyo].map(first)
    const due = ["2026-11-30T05:00:00.000Z", "2026-11-29T21:00:00.000Z"]
    expect(asked).toEqual([...due, ...due])
  })

  it("every so often, on whole multiples and a shift", () => {
    const spec = specOf({ every: "1 hour", offset: "5 minutes" })
    expect(iso(nextTime(spec, at("2026-11-29T10:05:00Z")))).toBe("2026-11-29T11:05:00.000Z")
    expect(iso(nextTime(spec, at("2026-11-29T10:04:59.999Z")))).toBe("2026-11-29T10:05:00.000Z")
  })

  it("within its bounds, both included", () => {
    const spec = specOf({
      every: "1 hour",
      startsAt: new Date("2026-11-29T10:00:00Z"),
      endsAt: new Date("2026-11-29T11:00:00Z")
    })
    expect(timesBetween(spec, 0, at("2027-01-01T00:00:00Z"), 10).map(iso)).toEqual([
      "2026-11-29T10:00:00.000Z",
      "2026-11-29T11:00:00.000Z"
    ])
  })

  it("are such as a Date can hold, whatever is asked", () => {
    const far = at("+012000-02-01T00:00:00Z")
    expect(iso(nextTime(specOf({ cron: "0 0 * * *", startsAt: far }), 0))).toBe("+012000-02-01T00:00:00.000Z")
    const daily = ["UTC", "America/New_York", "Asia/Tokyo"].map((timeZone) => specOf({ cron: "0 0 * * *", timeZone }))
    for (const spec of [...daily, specOf({ every: "1 day" }), specOf({ every: "100000000 days" })]) {
      for (const after of [Number.NEGATIVE_INFINITY, -9e15, -8.64e15 - 1])
        expect(iso(nextTime(spec, after))).toMatch(/^-2718/)
      for (const after of [8.64e15, 8.7e15, 9e15]) expect(nextTime(spec, after)).toBe(undefined)
    }
    expect(nextTime(specOf({ every: "60000000 days" }), 60_000_000 * 86_400_000)).toBe(undefined)
    const without = specOf({ every: "1 day", startsAt: Number.NEGATIVE_INFINITY, endsAt: Number.POSITIVE_INFINITY })
    expect(without).toMatchObject({ startsAt: -8.64e15, endsAt: 8.64e15 })
  })

  it("the latest is the last of all that lie between", () => {
    const hourly = specOf({ every: "1 hour" })
    const monthly = specOf({ cron: "0 0 1 * *" })
    fc.assert(
      fc.property(
        fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2030-01-01T00:00:00Z") }),
        fc.integer({ min: 0, max: 100 * 86_400_000 }),
        fc.constantFrom(hourly, monthly),
        (after, longMs, spec) => {
          expect(latestTime(spec, after, after + longMs)).toBe(timesBetween(spec, after, after + longMs, 10_000).at(-1))
        }
      )
    )
  })

  it("a schedule of every second that was left for a year is looked at from the end", () => {
    const spec = specOf({ every: "1 second" })
    const now = at("2026-11-29T10:00:00Z")
    expect(timesThatHaveCome(spec, now - 365 * 86_400_000, now)).toEqual({
      start: [now],
      seen: now,
      missed: { from: now - 365 * 86_400_000 + 1_000, until: now - 1_000 }
    })
  })

  it.each([
    ["latest", [11], [9, 10]],
    ["none", [], [9, 11]],
    ["1 hour", [11], [9, 10]],
    ["2 hours", [10, 11], [9, 9]]
  ] as const)("after a downtime, with catchUp %s", (catchUp, starts, [from, until]) => {
    const hour = (n: number) => at("2026-11-29T00:00:00Z") + n * 3_600_000
    const come = timesThatHaveCome(specOf({ every: "1 hour", catchUp }), hour(8), hour(11) + 30 * 60_000)
    expect(come?.start).toEqual(starts.map(hour))
    expect(come?.missed).toEqual({ from: hour(from), until: hour(until) })
  })

  it("what is due now is started, however its misses are made up for", () => {
    for (const catchUp of ["latest", "none", "1 day"])
      expect(timesThatHaveCome(specOf({ every: "1 hour", catchUp }), 0, 3_600_000 + 30_000)).toEqual({
        start: [3_600_000],
        seen: 3_600_000 + 30_000,
        missed: undefined
      })
  })

  it("more than a hundred at a time are taken in parts, and none is left out", () => {
    const spec = specOf({ every: "1 second", catchUp: "1 hour" })
    const now = 3_600_000
    const found: Array<number> = []
    for (let after = now - 250_000; ; ) {
      const come = timesThatHaveCome(spec, after, now)
      if (come === undefined) break
      expect(come.missed).toBe(undefined)
      expect(come.start.length).toBeLessThanOrEqual(100)
      found.push(...come.start)
      after = come.seen
    }
    expect(found).toEqual(timesBetween(spec, now - 250_000, now, 1_000))
  })

  it("jitter is one shift, the same each time, and spread over names", () => {
    const spec = specOf({ every: "1 hour", jitter: "10 minutes" })
    const shifts = Array.from({ length: 200 }, (_, n) => shiftOf(`customer-${n}`, spec))
    expect(shifts).toEqual(Array.from({ length: 200 }, (_, n) => shiftOf(`customer-${n}`, spec)))
    expect(Math.min(...shifts)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...shifts)).toBeLessThanOrEqual(600_000)
    for (const part of [0, 1, 2, 3])
      expect(shifts.filter((shift) => Math.floor(shift / 150_000) === part).length).toBeGreaterThan(20)
    expect(shiftOf("nightly", specOf({ every: "1 hour" }))).toBe(0)
  })
})

describe("a schedule that is none", () => {
  it.each([
    [{}, "say when, by cron or by every"],
    [{ cron: "30 2 * * *", every: "1 hour" }, "say when, by cron or by every"],
    [{ cron: "30 25 * * *" }, 'cron is "30 25 * * *"'],
    [{ cron: "0 0 30 2 *" }, "names a day that never comes"],
    [{ cron: "0 0 * * *", timeZone: "Europe/Atlantis" }, 'timeZone is "Europe/Atlantis"'],
    [{ cron: 5 }, "cron is 5: a text"],
    [{ every: "10 millis" }, "a second or more"],
    [{ every: Number.NaN }, "every is NaN"],
    [{ every: "1 hour", offset: "1 hour" }, "less than every"],
    [{ every: "1 hour", timeZone: "UTC" }, "a time zone is for cron"],
    [{ every: "1 hour", overlap: "both" }, 'overlap is "both": one of "skip", "queue", "allow", "replace"'],
    [{ every: "1 hour", catchUp: "all" }, "catchUp"],
    [{ every: "104000000 days" }, "longer than there are dates"],
    [{ every: "1 hour", jitter: -1 }, "jitter is -1"],
    [{ every: "1 hour", jitter: "Infinity" }, 'jitter is "Infinity": a length of time that ends'],
    [{ every: "1 hour", startsAt: new Date(2), endsAt: new Date(1) }, "ends before it starts"],
    [{ every: "1 hour", input: { day: "today" } }, "its input is none of workflow report"],
    [{ every: "1 hour", zone: "UTC" }, 'has no option "zone"']
  ])("%j", (options, message) => {
    expect(() => specOf(options)).toThrow(message)
  })

  it("has a name as others have", () => {
    expect(() => defineSchedule("every night", { workflow: report, input, every: "1 hour" })).toThrow("schedule name")
    expect(() => defineSchedule("dynactor.x", { workflow: report, input, every: "1 hour" })).toThrow(
      "the runtime's own"
    )
  })
})
