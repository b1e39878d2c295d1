import * as Clock from "effect/Clock"
import * as Cron from "effect/Cron"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { show } from "../definitions/assertOptions.ts"
import type { Run } from "../definitions/run.ts"
import { firstMoment, lastMoment, type Moment, momentMs, type SleepOptions, sleepUntil } from "./sleep.ts"

/**
 * The first time after `after` that a cron expression names, in the zone that it was made with. One that was made without is refused: it
 * would mean another time on a host in another zone.
 *
 * On the two nights of the year: what is named inside the hour that is left out comes as much later, so a daily job at 2:30 runs at 3:30,
 * whenever that is asked for. What is named inside the hour that comes twice counts once, the first time, unless the expression was
 * made with `onDstOverlap`.
 *
 * Throws a `TypeError` for what is no `Cron`, and a `RangeError` for one without a zone, or that names no time to come (the 30th of February).
 *
 * @example
 * const nightly = Cron.parseUnsafe("30 2 * * *", "Europe/Berlin")
 * nextCron(nightly, new Date("2026-03-28T12:00:00Z")) // 2026-03-29T01:30:00.000Z, when it is 3:30 there
 */
export const nextCron = (cron: Cron.Cron, after: Moment): Date => {
  const zone = zoneOf(cron)
  const asked = momentMs("the time after which a cron expression is looked for", after)
  // Where a zone and a gap are looked for around it, that is a Date as well.
  if (asked > lastMoment - 2 * dayMs) throw noTimeAfter(Math.min(asked, lastMoment))
  const ms = Math.max(asked, firstMoment + 2 * dayMs)
  const gap = gapAround(zone, ms)
  if (gap === undefined) return nextFromOutside(cron, zone, ms)
  return nextInGap(cron, gap, ms) ?? nextFromOutside(cron, zone, gapEnd(gap) - 1)
}

const nextFromOutside = (cron: Cron.Cron, zone: DateTime.TimeZone, ms: number): Date => {
  const next = firstAfter(cron, ms)
  const gap = gapAround(zone, next.getTime())
  return gap === undefined ? next : (nextInGap(cron, gap, gap.at - 1) ?? next)
}

const firstAfter = (cron: Cron.Cron, ms: number): Date => {
  try {
    return Cron.next(cron, ms)
  } catch (cause) {
    throw noTimeAfter(ms, { cause })
  }
}

const noTimeAfter = (ms: number, options: ErrorOptions = {}) =>
  new RangeError(
    `a cron expression names no time after ${DateTime.formatIso(DateTime.makeUnsafe(ms))}, or none that can be found: is it for a day that never comes, such as the 30th of February?`,
    options
  )

const zoneOf = (cron: Cron.Cron): DateTime.TimeZone => {
  if (!Cron.isCron(cron)) throw new TypeError(`${show(cron)} is no Cron: make one with Cron.parse or Cron.make`)
  const zone = Option.getOrUndefined(cron.tz)
  if (zone !== undefined) return zone
  throw new RangeError(
    'a cron expression without a zone means another time on every host: name one, such as Cron.parse("0 9 * * *", "UTC")'
  )
}

/**
 * Sleeps until a cron expression names a time again, and answers with that time. Next times are counted from the run's own clock: after a
 * sleep in a loop the next one is that after the last, also on a host that was late.
 *
 * @example
 * const nightly = Cron.parseUnsafe("30 2 * * *", "Europe/Berlin")
 * // in a workflow
 * yield* Effect.forever(Effect.andThen(sleepUntilCron(nightly, { name: "night" }), report()))
 */
export const sleepUntilCron = (cron: Cron.Cron, options: SleepOptions = {}): Effect.Effect<Date, never, Run> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const next = nextCron(cron, now)
    return Effect.as(sleepUntil(next, options), next)
  })

/** Time that a zone leaves out. All in milliseconds. */
interface Gap {
  /** When the clocks go forward. */
  readonly at: number
  readonly offsetBefore: number
  readonly offsetAfter: number
}

const gapEnd = ({ at, offsetBefore, offsetAfter }: Gap): number => at + offsetAfter - offsetBefore

/**
 * For as long as a gap was, times come that it has put off, and times of their own. `Cron.next` looks for both by the wall's clock,
 * and finds the ones or the others. In a zone without gaps each kind is found.
 */
const nextInGap = (cron: Cron.Cron, gap: Gap, ms: number): Date | undefined => {
  const found = [gap.offsetBefore, gap.offsetAfter]
    .map((offset) => firstAfter(inZone(cron, DateTime.zoneMakeOffset(offset)), ms))
    .filter((next) => next.getTime() < gapEnd(gap))
  return found.sort((a, b) => a.getTime() - b.getTime())[0]
}

const inZone = (cron: Cron.Cron, zone: DateTime.TimeZone): Cron.Cron =>
  Object.assign(Object.create(Object.getPrototypeOf(cron)), cron, { tz: Option.some(zone) })

const dayMs = 24 * 3_600_000

/** Islands have left out a day; no zone has left out more, nor put its clocks back within a day of that. */
const longestGapMs = dayMs

/** The gap that puts times off to `ms`, if one does. */
const gapAround = (zone: DateTime.TimeZone, ms: number): Gap | undefined => {
  if (zone._tag === "Offset") return undefined
  const offsetAt = (at: number) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(at, { timeZone: zone }))
  const offsetAfter = offsetAt(ms)
  let before = ms - longestGapMs
  const offsetBefore = offsetAt(before)
  if (offsetBefore >= offsetAfter) return undefined
  let at = ms
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2)
    if (offsetAt(middle) < offsetAfter) before = middle
    else at = middle
  }
  const gap = { at, offsetBefore, offsetAfter }
  return ms < gapEnd(gap) ? gap : undefined
}
