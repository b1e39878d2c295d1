import * as Cron from "effect/Cron"
import { fingerprint, fingerprintText } from "../../values/json.ts"
import { nextCron } from "../cron.ts"
import { firstMoment, lastMoment } from "../sleep.ts"
import type { CatchUp, ScheduleSpec, ScheduleTimes } from "./scheduleSpec.ts"

/** The first time of a schedule after a moment, within its bounds; undefined if there is none to come. All in epoch milliseconds. */
export const nextTime = (
  spec: Pick<ScheduleSpec, "times" | "startsAt" | "endsAt">,
  after: number
): number | undefined => {
  const from = spec.startsAt === null ? after : Math.max(after, spec.startsAt - 1)
  const next = nextOf(spec.times, from)
  return next === undefined || (spec.endsAt !== null && next > spec.endsAt) ? undefined : next
}

const nextOf = (times: ScheduleTimes, after: number): number | undefined => {
  if (times._tag === "every") {
    const { everyMs, offsetMs } = times
    const next = (Math.floor((Math.max(after, firstMoment - 1) - offsetMs) / everyMs) + 1) * everyMs + offsetMs
    return next > lastMoment ? undefined : next
  }
  const asked = `${times.zone} ${times.overlap} ${times.expression} ${after}`
  if (named.has(asked)) return named.get(asked)
  const next = nextOfCron(times, after)
  if (named.size === mostNamed) named.clear()
  named.set(asked, next)
  return next
}

type CronTimes = Extract<ScheduleTimes, { readonly _tag: "cron" }>

/** What was asked for last: each replay of a schedule asks for all of its times again, and zones take long to look into. */
const named = new Map<string, number | undefined>()
const mostNamed = 1_000

const nextOfCron = (times: CronTimes, after: number): number | undefined => {
  try {
    return nextCron(cronOf(times), after).getTime()
  } catch (error) {
    // It names no time to come, as one for a single year.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Throws a CronParseError. */
export const cronOf = ({ expression, overlap, zone }: CronTimes): Cron.Cron =>
  Cron.parseUnsafe(expression, zone, { onDstOverlap: overlap })

/** Up to `most` times after `after` and not after `until`, the first ones. */
export const timesBetween = (
  spec: Pick<ScheduleSpec, "times" | "startsAt" | "endsAt">,
  after: number,
  until: number,
  most: number
): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let next = nextTime(spec, after); next !== undefined && next <= until && found.length < most; ) {
    found.push(next)
    next = nextTime(spec, next)
  }
  return found
}

/** The last time after `after` and not after `until`. Looks from the end, however many there are. */
export const latestTime = (
  spec: Pick<ScheduleSpec, "times" | "startsAt" | "endsAt">,
  after: number,
  until: number
): number | undefined => {
  for (let backMs = 60_000; ; backMs *= 4) {
    const from = Math.max(after, until - backMs)
    let latest: number | undefined
    for (let next = nextTime(spec, from); next !== undefined && next <= until; next = nextTime(spec, next))
      latest = next
    if (latest !== undefined || from === after) return latest
  }
}

/** Of the times that have come by `now`: those to start runs for, and whether earlier ones are passed over. */
export interface Come {
  readonly start: ReadonlyArray<number>
  /** The last one that is looked at no more. */
  readonly seen: number
  /** The first that was passed over, and the last. */
  readonly missed: { readonly from: number; readonly until: number } | undefined
}

/** A start that is so late is as good as punctual: hosts are restarted, functions start cold. */
export const punctualMs = 60_000

/** The most starts that are made before anything else is looked at. */
export const mostAtOnce = 100

export const timesThatHaveCome = (spec: ScheduleSpec, after: number, now: number): Come | undefined => {
  const first = nextTime(spec, after)
  if (first === undefined || first > now) return undefined
  const start = startsOf(spec, spec.catchUp, after, now)
  const last = start.at(-1)
  // Where there are more than one look takes, the next look goes on behind them.
  const seen = last !== undefined && start.length === mostAtOnce ? last : now
  const before = start[0] ?? now + 1
  if (before === first) return { start, seen, missed: undefined }
  return { start, seen, missed: { from: first, until: latestTime(spec, after, before - 1) ?? first } }
}

const startsOf = (spec: ScheduleSpec, catchUp: CatchUp, after: number, now: number): ReadonlyArray<number> => {
  if (catchUp === "latest") {
    const latest = latestTime(spec, after, now)
    return latest === undefined ? [] : [latest]
  }
  const windowMs = catchUp === "none" ? punctualMs : Math.max(catchUp, punctualMs)
  return timesBetween(spec, Math.max(after, now - windowMs - 1), now, mostAtOnce)
}

/**
 * How much later than its times a schedule starts its runs: the same for all of one schedule, so that their order and distance stand, and another for
 * each name, so that many schedules of one time are spread.
 */
export const shiftOf = (name: string, { jitterMs }: Pick<ScheduleSpec, "jitterMs">): number => {
  if (jitterMs === 0) return 0
  let hash = 0
  for (const letter of fingerprintText(name)) hash = (hash * 31 + letter.charCodeAt(0)) % 4_294_967_291
  return hash % (jitterMs + 1)
}

/** Do both name the same times? Whatever is started then, and whoever missed them. */
export const isSameTimes = (a: ScheduleSpec, b: ScheduleSpec): boolean => {
  const timesOf = ({ endsAt, startsAt, times }: ScheduleSpec) => fingerprint({ endsAt, startsAt, times })
  return timesOf(a) === timesOf(b)
}
