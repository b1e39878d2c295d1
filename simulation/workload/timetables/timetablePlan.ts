import * as fc from "fast-check"
import type { Overlap } from "../../../src/actor/calls/schedules/scheduleSpec.ts"
import { draws } from "../drawn/draws.ts"

/** Where the world begins: some day, or a minute before clocks are put forward or back. */
export interface Night {
  readonly zone: string
  readonly startsAt: number
  /** Cron expressions that name times of that night. */
  readonly crons: ReadonlyArray<string>
}

const beforeMs = 60_000
const anyDay = Date.parse("2026-01-01T00:00:00Z")
const night = (zone: string, at: string, ...crons: ReadonlyArray<string>): Night => ({
  zone,
  startsAt: Date.parse(at) - beforeMs,
  crons
})

export const nights: ReadonlyArray<Night> = [
  { zone: "UTC", startsAt: anyDay, crons: ["*/10 * * * * *", "0,45 * * * * *", "* * * * *"] },
  { zone: "Asia/Kolkata", startsAt: anyDay, crons: ["*/20 29-33 5 * * *", "15 * * * * *"] },
  night(
    "Europe/Berlin",
    "2026-03-29T01:00:00Z",
    "*/15 * 2 * * *",
    "*/30 * 2-3 * * *",
    "*/20 59 1 * * *",
    "1-4 2 * * *"
  ),
  night("Europe/Berlin", "2026-10-25T01:00:00Z", "*/20 * 2 * * *", "*/30 0,59 2 * * *", "*/30 0-3 2 * * *"),
  night("Australia/Lord_Howe", "2026-10-03T15:30:00Z", "*/15 0-9 2 * * *", "*/30 * 1-2 * * *", "0-20 2 * * *"),
  night("Australia/Lord_Howe", "2026-04-04T15:00:00Z", "*/15 30-39 1 * * *", "*/30 * 1 * * *")
]

/** A schedule as it is defined, and what its runs are. All in milliseconds, counted from the world's beginning. */
export interface TimetableSpec {
  /** A number: every so often. */
  readonly times: number | { readonly cron: number; readonly onDstOverlap: "earlier" | "later" | "both" }
  readonly overlap: Overlap
  readonly catchUp: "latest" | "none" | number
  readonly jitterMs: number
  readonly beginsAfterMs: number | null
  readonly endsAfterMs: number
  /** How long a run takes, at least. */
  readonly lastsMs: number
  /** What it has done is undone if it is cancelled. */
  readonly isUndone: boolean
  readonly fails: boolean
}

export type TimetableAct = { readonly afterMs: number } & (
  | { readonly do: "pause"; readonly forMs: number }
  | { readonly do: "trigger"; readonly overlap: Overlap | null; readonly isRepeated: boolean }
  | { readonly do: "backfill"; readonly agoMs: number; readonly lengthMs: number; readonly overlap: "queue" | "allow" }
  | { readonly do: "change"; readonly spec: TimetableSpec }
  | { readonly do: "remove" }
  | { readonly do: "again"; readonly spec: TimetableSpec }
)

export interface TimetablePlan {
  readonly night: number
  readonly spec: TimetableSpec
  /** Hosts are given it, and make the inputs of its runs; otherwise a client asks for it. */
  readonly isOfHosts: boolean
  readonly afterMs: number
  readonly isRepeated: boolean
  readonly acts: ReadonlyArray<TimetableAct>
  /** There is no host for a while. */
  readonly away: { readonly afterMs: number; readonly forMs: number } | null
}

const overlaps = fc.constantFrom<Overlap>("skip", "queue", "allow", "replace")

/** Few enough times to be followed, and some that come while their runs go on. */
const everyMs = fc.constantFrom(2_000, 5_000, 20_000, 60_000, 120_000)

const specs: fc.Arbitrary<TimetableSpec> = fc
  .record({
    every: everyMs,
    // To find out what a zone's clocks show takes most of the time of such a schedule.
    cron: fc.oneof(
      { weight: 2, arbitrary: fc.constant(null) },
      {
        weight: 1,
        arbitrary: fc.record({ cron: fc.nat(2), onDstOverlap: fc.constantFrom("earlier", "later", "both") })
      }
    ),
    count: fc.integer({ min: 2, max: 8 }),
    overlap: overlaps,
    catchUp: fc.constantFrom<TimetableSpec["catchUp"]>("latest", "latest", "none", 30_000, 90_000, 200_000),
    jitterMs: fc.constantFrom(0, 0, 1_500, 20_000),
    beginsAfterMs: fc.option(fc.nat(30_000), { freq: 2 }),
    lastsMs: fc.constantFrom(0, 0, 3_000, 10_000, 45_000, 100_000),
    isUndone: fc.boolean(),
    fails: fc.nat(7).map((one) => one === 1)
  })
  .map(({ count, cron, every, ...rest }) => ({
    ...rest,
    times: cron ?? every,
    endsAfterMs: cron === null ? Math.min(count * every, 400_000) + 1_000 : 60_000 + count * 20_000
  }))

const soon = fc.oneof(fc.nat(2_000), fc.nat(20_000), fc.nat(90_000))

const acts: fc.Arbitrary<TimetableAct> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("pause" as const),
      afterMs: soon,
      forMs: fc.oneof(fc.nat(3_000), fc.nat(60_000))
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("trigger" as const),
      afterMs: soon,
      overlap: fc.option(overlaps),
      isRepeated: fc.boolean()
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("backfill" as const),
      afterMs: soon,
      agoMs: fc.constantFrom(0, 5_000, 30_000),
      lengthMs: fc.oneof(fc.nat(20_000), fc.nat(90_000)),
      overlap: fc.constantFrom("queue", "allow")
    })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("change" as const), afterMs: soon, spec: specs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), afterMs: soon }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("again" as const), afterMs: soon, spec: specs }) }
)

const timetablePlans: fc.Arbitrary<TimetablePlan> = fc.record({
  night: fc.nat(nights.length - 1),
  spec: specs,
  isOfHosts: fc.boolean(),
  afterMs: fc.nat(3_000),
  isRepeated: fc.boolean(),
  acts: fc.array(acts, { maxLength: 4 }),
  away: fc.option(fc.record({ afterMs: fc.nat(60_000), forMs: fc.constantFrom(70_000, 150_000, 300_000) }), { freq: 2 })
})

const drawn = draws.SCHEDULES

/** In one schedule of thirty-two. Last of a plan: all others are what they would be without. */
export const timetables: fc.Arbitrary<TimetablePlan | undefined> =
  drawn === "no"
    ? fc.constant(undefined)
    : fc.oneof(
        { weight: drawn === "always" ? 0 : 31, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: timetablePlans }
      )

/** Beside it is one run at most, and nothing is deleted: what goes wrong is to go wrong in it. */
export const withTimetable = <
  A extends {
    readonly timetable?: TimetablePlan | undefined
    readonly runs: ReadonlyArray<{ readonly copies?: unknown }>
  }
>(
  plan: A
): A =>
  plan.timetable === undefined
    ? plan
    : {
        ...plan,
        deletion: undefined,
        hasPoison: false,
        runs: plan.runs.slice(0, 1).filter(({ copies }) => copies === undefined)
      }
