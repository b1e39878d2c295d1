import * as Cron from "effect/Cron"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { describe, expect, it } from "vitest"
import { nextCron, sleepUntilCron } from "../../src/actor/calls/cron.ts"
import { Bench } from "./bench.ts"
import { workflowOf } from "./definitions.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  // Its clocks go forward by half an hour.
  "Australia/Lord_Howe",
  // At midnight: a day that begins at one o'clock.
  "America/Santiago",
  "Asia/Beirut",
  "Africa/Cairo",
  "America/Havana",
  "Pacific/Auckland",
  // Winter is the hour that is set.
  "Europe/Dublin",
  // By two hours.
  "Antarctica/Troll",
  "Asia/Kolkata"
]

const expressions = [
  "30 2 * * *",
  "0,30 2 * * *",
  "*/15 2 * * *",
  "20,35 2 * * *",
  "0 0 * * *",
  "30 0 * * *",
  "0 1 * * *",
  "45 1 * * 0",
  "0 * * * *",
  "*/20 * * * *",
  "*/30 1-3 * * *",
  "0 9 * * 1",
  "59 23 * * *",
  "0 2 1,29 * *"
]

/** The minute that a wall clock in a zone shows, as if it were UTC. Of the platform, and not of Effect. */
const wallClock = (zone: string) => {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit"
  })
  return (time: number): number => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute)
  }
}

/** When the clocks of a zone are set, and the offsets before and after. */
const changesOf = (zone: string) => {
  const wall = wallClock(zone)
  const offset = (time: number) => wall(time) - time
  const changes: Array<{ readonly at: number; readonly before: number; readonly after: number }> = []
  const end = Date.UTC(2027, 0, 1)
  for (let at = Date.UTC(2026, 0, 1), before = offset(at); at < end; at += hourMs / 2) {
    const after = offset(at)
    if (after !== before) changes.push({ at, before, after })
    before = after
  }
  return changes
}

type Policy = "earlier" | "later" | "both"

/** By the definition: each minute of the wall's clock that the expression names, and when that is. */
const namedAround = (cron: Cron.Cron, { at, before, after }: ReturnType<typeof changesOf>[number], policy: Policy) => {
  const has = (allowed: ReadonlySet<number>, value: number) => allowed.size === 0 || allowed.has(value)
  const isNamed = (wall: Date) =>
    has(cron.minutes, wall.getUTCMinutes()) &&
    has(cron.hours, wall.getUTCHours()) &&
    has(cron.days, wall.getUTCDate()) &&
    has(cron.weekdays, wall.getUTCDay())
  const times = new Set<number>()
  for (let wall = at + before - 30 * hourMs; wall <= at + after + 30 * hourMs; wall += minuteMs) {
    if (!isNamed(new Date(wall))) continue
    const first = wall - before
    const second = wall - after
    const comes = { first: first < at, second: second >= at }
    if (comes.first && comes.second) {
      if (policy !== "later") times.add(first)
      if (policy !== "earlier") times.add(second)
    } else times.add(comes.second ? second : first)
  }
  return [...times].sort((a, b) => a - b)
}

const show = (time: number | undefined) => (time === undefined ? "none" : new Date(time).toISOString())

describe("cron on the two nights of the year", () => {
  it.each(zones)("is what a wall clock in %s says, whenever it is asked", (zone) => {
    const wrong: Array<string> = []
    const changes = changesOf(zone)
    for (const expression of expressions) {
      for (const policy of ["earlier", "later", "both"] as const) {
        const cron = Cron.parseUnsafe(expression, zone, { onDstOverlap: policy })
        for (const change of changes) {
          const named = namedAround(cron, change, policy)
          const asked = Array.from(
            { length: 16 },
            (_, index) => change.at - 2 * hourMs + index * 17 * minuteMs + 37_000
          )
          for (const from of [...asked, ...named]) {
            const expected = named.find((time) => time > from)
            if (expected === undefined || expected > change.at + 12 * hourMs || from < change.at - 12 * hourMs) continue
            const found = nextCron(cron, from).getTime()
            if (found === expected) continue
            wrong.push(`${expression} ${policy} after ${show(from)}: ${show(found)}, not ${show(expected)}`)
          }
        }
      }
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it("leaves no day out and none twice, through the year", () => {
    const cron = Cron.parseUnsafe("30 2 * * *", "Europe/Berlin")
    const times: Array<number> = []
    for (let at = Date.UTC(2026, 0, 1); times.length < 365; ) {
      at = nextCron(cron, at).getTime()
      times.push(at)
    }
    const wall = wallClock("Europe/Berlin")
    const days = times.map((time) => new Date(wall(time)).toISOString().slice(0, 10))
    expect(new Set(days).size).toBe(365)
    expect(days.at(-1)).toBe("2026-12-31")
    expect(times.map(show)).toContain("2026-03-29T01:30:00.000Z")
    expect(times.map(show)).toContain("2026-10-25T00:30:00.000Z")
  })

  it("refuses an expression without a zone, and what is none", () => {
    expect(() => nextCron(Cron.parseUnsafe("0 9 * * *"), 0)).toThrow(/another time on every host/)
    expect(() => nextCron("0 9 * * *" as never, 0)).toThrow(TypeError)
    expect(() => nextCron(Cron.parseUnsafe("0 9 * * *", "UTC"), Number.NaN)).toThrow(RangeError)
  })
})

describe("an expression that names no time to come", () => {
  const never = Cron.parseUnsafe("0 9 30 2 *", "Europe/Berlin")

  it("is refused, and says why", () => {
    expect(() => nextCron(never, new Date("2026-01-01T00:00:00Z"))).toThrow(
      /no time after 2026-01-01T00:00:00.000Z.*30th of February/
    )
  })

  it("is a defect of the run that sleeps by it", () => {
    const bench = new Bench(workflowOf(sleepUntilCron(never)))
    bench.start()
    expect(bench.outcome).toMatchObject({ tag: "died", value: { name: "RangeError" } })
  })
})

describe("a body that sleeps by the calendar", () => {
  const day = Date.UTC(2026, 2, 28)

  it("wakes at the times of its zone, over the night that is an hour short", () => {
    const cron = Cron.parseUnsafe("30 2 * * *", "Europe/Berlin")
    const three = Effect.forEach([1, 2, 3], () => sleepUntilCron(cron, { name: "night" }))
    const bench = new Bench(workflowOf(Effect.map(three, (times) => times.map((time) => time.toISOString()))))
    bench.start(null, day)
    bench.timer("night#0")
    bench.timer("night#1")
    bench.timer("night#2")
    expect(bench.outcome?.value).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:30:00.000Z",
      "2026-03-30T00:30:00.000Z"
    ])
  })

  it("wakes twice in the hour that comes twice, if the expression says so", () => {
    const times = (onDstOverlap: Policy) => {
      const cron = Cron.parseUnsafe("30 2 * * *", "Europe/Berlin", { onDstOverlap })
      const first = nextCron(cron, new Date("2026-10-24T12:00:00Z"))
      return [first, nextCron(cron, first)].map((time) => time.toISOString())
    }
    expect(times("earlier")).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"])
    expect(times("later")).toEqual(["2026-10-25T01:30:00.000Z", "2026-10-26T01:30:00.000Z"])
    expect(times("both")).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"])
  })

  it("names times that a Date can hold, and no others", () => {
    for (const zone of ["UTC", "America/New_York", "Asia/Tokyo"]) {
      const daily = Cron.parseUnsafe("0 0 * * *", zone)
      for (const after of [Number.NEGATIVE_INFINITY, -9e15, -8.64e15]) {
        expect(nextCron(daily, after).toISOString()).toMatch(/^-271821-04-2/)
      }
      for (const after of [8.64e15, 9e15, Number.POSITIVE_INFINITY]) {
        expect(() => nextCron(daily, after)).toThrow(/names no time after/)
        expect(() => nextCron(daily, after)).toThrow(RangeError)
      }
    }
  })

  it("counts Schedule.cron by the run's clock too", () => {
    const nightly = Schedule.cron("30 2 * * *", "Europe/Berlin")
    const woken: Array<string> = []
    const note = Effect.map(
      Effect.clockWith((clock) => clock.currentTimeMillis),
      (now) => void woken.push(show(now))
    )
    const body = Effect.orDie(Effect.repeat(note, { schedule: nightly, times: 2 }))
    const bench = new Bench(workflowOf(body))
    bench.start(null, day)
    const [first] = bench.actor.waiting.commands
    expect(first?.fingerprint).toBe(String(Date.parse("2026-03-28T01:30:00Z")))
    bench.timer(`${Duration.toMillis("90 minutes")}ms#0`)
    bench.timer(`${Duration.toMillis("24 hours")}ms#0`)
    // What a live actor and those that were rebuilt have noted.
    expect([...new Set(woken)]).toEqual([
      "2026-03-28T00:00:00.000Z",
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:30:00.000Z"
    ])
  })
})
