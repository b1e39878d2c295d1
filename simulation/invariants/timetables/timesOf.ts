import type { ScheduleSpec, ScheduleTimes } from "../../../src/actor/calls/schedules/scheduleSpec.ts"
import { offsetAt, offsetBefore, offsetBehind } from "./wallClock.ts"

const secondMs = 1_000

type Cron = Extract<ScheduleTimes, { readonly _tag: "cron" }>

/** All times of a schedule after `after` and up to `until`, found by looking at each second: another way than that of `scheduleTimes.ts`. */
export const timesOf = (spec: ScheduleSpec, after: number, until: number): ReadonlyArray<number> => {
  const { endsAt, startsAt } = spec
  const first = Math.max(after + 1, startsAt ?? after + 1)
  const last = Math.min(until, endsAt ?? until)
  if (endsAt !== null && first > endsAt - keptMs)
    return allTimes(spec, endsAt).filter((at) => at >= first && at <= last)
  return found(spec, first, last)
}

/** Those of its last minutes, which are all that most schedules of the world have, are asked for again and again. */
const allTimes = (spec: ScheduleSpec, endsAt: number): ReadonlyArray<number> => {
  const id = JSON.stringify([spec.times, endsAt])
  const known = kept.get(id)
  if (known !== undefined) return known
  if (kept.size > 100) kept.clear()
  const all = found(spec, endsAt - keptMs, endsAt)
  kept.set(id, all)
  return all
}
const keptMs = 900_000
const kept = new Map<string, ReadonlyArray<number>>()

const found = ({ times }: ScheduleSpec, first: number, last: number): ReadonlyArray<number> => {
  const all: Array<number> = []
  for (let at = Math.ceil(first / secondMs) * secondMs; at <= last; at += secondMs) if (isNamed(times, at)) all.push(at)
  return all
}

const isNamed = (times: ScheduleTimes, at: number): boolean =>
  times._tag === "every" ? (at - times.offsetMs) % times.everyMs === 0 : isNamedByCron(times, at)

const isNamedByCron = (cron: Cron, at: number): boolean => {
  const { overlap, zone } = cron
  const offset = offsetAt(zone, at)
  const before = offsetBefore(zone, at)
  // The clocks have gone forward a while ago: what they left out comes as much later.
  if (before !== undefined && before < offset && isLeftOut(zone, at, before) && matches(cron, at + before)) return true
  if (!matches(cron, at + offset)) return false
  if (overlap === "both") return true
  // They have gone back: it was as late before. Or they will: it will be as late again.
  const isAgain = before !== undefined && before > offset && offsetAt(zone, at - (before - offset)) === before
  const behind = offsetBehind(zone, at)
  const isOnceMore = behind !== undefined && behind < offset && offsetAt(zone, at + (offset - behind)) === behind
  return overlap === "earlier" ? !isAgain : !isOnceMore
}

/** Is what the clocks would have shown by now, had nobody put them forward, what they never showed? */
const isLeftOut = (zone: string, at: number, before: number): boolean => {
  const wall = at + before
  // Before the change it would have been that time `at - (after - before)` ago by the clocks of today.
  return offsetAt(zone, wall - offsetAt(zone, at)) === before
}

/** Five fields, or six that begin with seconds. `wall`: what the clocks show, as if it were UTC. */
const matches = ({ expression }: Cron, wall: number): boolean => {
  const fields = expression.split(" ")
  const [second, minute, hour, day, month, weekday] = fields.length === 5 ? ["0", ...fields] : fields
  const shown = new Date(wall)
  return (
    isIn(second, shown.getUTCSeconds()) &&
    isIn(minute, shown.getUTCMinutes()) &&
    isIn(hour, shown.getUTCHours()) &&
    day === "*" &&
    month === "*" &&
    weekday === "*"
  )
}

/** Of a field as they are drawn: a star, a step, or numbers and ranges. */
const isIn = (field: string | undefined, value: number): boolean =>
  (field ?? "").split(",").some((part) => {
    if (part === "*") return true
    if (part.startsWith("*/")) return value % Number(part.slice(2)) === 0
    const [from, until = from] = part.split("-").map(Number) as [number, number?]
    return value >= from && value <= (until as number)
  })
