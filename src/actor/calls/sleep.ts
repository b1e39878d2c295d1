import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { assertKnown, durationMs, show } from "../definitions/assertOptions.ts"
import { assertName } from "../definitions/name.ts"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"

export interface SleepOptions {
  /**
   * Names the timer: `<name>#<occurrence>` instead of `<milliseconds>ms#<occurrence>`, so that other sleeps of the same length may be
   * added, removed and moved while runs are asleep. As the names of steps. Default: none.
   */
  readonly name?: string
}

/**
 * `Effect.sleep` with a name.
 *
 * @example
 * yield* sleep("7 days", { name: "trial" })
 */
export const sleep = (duration: Duration.Input, options: SleepOptions = {}): Effect.Effect<void, never, Run> => {
  const ms = Math.ceil(durationMs("a sleep", duration))
  const name = timerName(options)
  return Effect.flatMap(RunPortKey, (port) => port.sleepMs(ms, name))
}

/** A moment: a `Date`, a `DateTime`, or epoch milliseconds. A text is none: without a zone it means another moment on every host. */
export type Moment = Date | DateTime.DateTime | number

/**
 * Sleeps until a moment; if it has passed, not at all. What is set by a moment is due at that moment, however late a host was before.
 * Beyond what a `Date` can hold (the year 275760): until the run is cancelled.
 *
 * Throws a `RangeError` for what is no moment.
 *
 * @example
 * yield* sleepUntil(new Date("2027-01-01T00:00:00Z"), { name: "newYear" })
 */
export const sleepUntil = (moment: Moment, options: SleepOptions = {}): Effect.Effect<void, never, Run> => {
  const due = momentMs("the end of a sleep", moment)
  const name = timerName(options)
  return Effect.flatMap(RunPortKey, (port) => port.sleepUntil(due, name))
}

/** Epoch milliseconds, a begun one as a whole: nobody wakes too early. Throws a RangeError for what is no moment. */
export const momentMs = (what: string, moment: Moment): number => {
  const ms = typeof moment === "object" && moment !== null ? timeOf(moment) : moment
  if (typeof ms === "number" && !Number.isNaN(ms)) return Math.ceil(ms)
  throw new RangeError(
    `${what} is ${show(moment)}: a Date, a DateTime or epoch milliseconds. A text without a zone would mean another moment on every host`
  )
}

/** The first and the last moment that a `Date` holds, in the years -271821 and 275760. */
export const firstMoment = -8_640_000_000_000_000
export const lastMoment = 8_640_000_000_000_000

/** The one of them that is nearest, for what lies beyond. */
export const boundedMoment = (ms: number): number => Math.min(Math.max(ms, firstMoment), lastMoment)

const timeOf = (moment: Date | DateTime.DateTime): unknown =>
  "epochMilliseconds" in moment ? moment.epochMilliseconds : moment instanceof Date ? moment.getTime() : undefined

export const timerName = (options: SleepOptions): string | undefined => {
  assertKnown("a sleep", options, ["name"])
  const { name } = options
  if (name === undefined) return undefined
  assertName("sleep", name)
  // Those are the names of timers that have none.
  if (/^[0-9]+ms$/.test(name)) throw new RangeError(`sleep name ${show(name)}: timers without a name are called so`)
  return name
}
