import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { assertKnown, durationMs, show } from "../../definitions/assertOptions.ts"
import type { AnyWorkflow, Workflow } from "../../definitions/definition.ts"
import { assertName } from "../../definitions/name.ts"
import { boundedMoment, type Moment, momentMs } from "../sleep.ts"
import { encodeInput } from "./encodeInput.ts"
import type { Overlap, ScheduleSpec, ScheduleTimes } from "./scheduleSpec.ts"
import { cronOf, nextTime } from "./scheduleTimes.ts"

interface CommonOptions<In> {
  readonly workflow: Workflow<string, In, any, any>
  /**
   * Of each run; or how to make it from the time that the run is for. A function runs in a host, which must have been given this definition
   * (`schedules`), and may be changed by a deployment.
   */
  readonly input: NoInfer<In> | ((time: ScheduledTime) => NoInfer<In>)
  /**
   * While the run before goes on:
   *
   * - `"skip"` (default): no run is started for that time.
   * - `"queue"`: it is started when the one before has ended, in order; 1,000 wait at most.
   * - `"allow"`: it is started; 1,000 go on at a time at most.
   * - `"replace"`: the one before is cancelled, and this one is started when it has ended.
   */
  readonly overlap?: Overlap
  /**
   * What becomes of times at which no host was there:
   *
   * - `"latest"` (default): one run is started, for the last of them, however late.
   * - `"none"`: those that are more than a minute late are passed over.
   * - a duration: a run for each that is not later than this.
   */
  readonly catchUp?: "latest" | "none" | Duration.Input
  /** All of its runs start later by one shift between 0 and this, which follows from the name: spreads schedules of one time. Default 0. */
  readonly jitter?: Duration.Input
  /** No times before, and none after. Default: without bounds. A schedule with no time to come has ended when its last run has. */
  readonly startsAt?: Moment
  readonly endsAt?: Moment
}

export interface CronOptions {
  /**
   * Five fields (minute, hour, day of the month, month, day of the week), or six that begin with seconds. On the two nights of the year:
   * what is named inside the hour that is left out comes as much later, once; what is named in the hour that comes twice comes by `onDstOverlap`.
   */
  readonly cron: string
  /** Such as `"Europe/Berlin"`. Default `"UTC"`. */
  readonly timeZone?: string
  /** Of the hour that comes twice: the first time (default), the second, or both. */
  readonly onDstOverlap?: "earlier" | "later" | "both"
}

export interface EveryOptions {
  /** A second or more: at each whole multiple of it since 1970 in UTC, so `"1 hour"` is on the hour. */
  readonly every: Duration.Input
  /** So much later, less than `every`. Default 0. */
  readonly offset?: Duration.Input
}

export type ScheduleOptions<In> = CommonOptions<In> & (CronOptions | EveryOptions)

export interface ScheduledTime {
  /** The time that the run is for: not when it starts, which may be later. */
  readonly scheduledAt: Date
  readonly schedule: string
}

/** A schedule, once it is defined. */
export interface ScheduleDefinition<Name extends string = string> {
  readonly scheduleName: Name
  readonly workflow: AnyWorkflow
  readonly spec: ScheduleSpec
  /** Where the input is made for each time. */
  readonly inputAt: ((time: ScheduledTime) => unknown) | undefined
}

/**
 * Starts runs of a workflow at named times. Given to a host (`schedules`), it is there from the host's start on, and a deployment that changes
 * it changes the one that is there. The run of a time is called `<name>/<time>`, as in `nightly/2026-03-29T01:30:00Z`.
 *
 * Throws a `RangeError` or `TypeError` that names the option, also for an input that is none of the workflow's.
 *
 * @example
 * export const nightly = defineSchedule("nightly", {
 *   workflow: report,
 *   input: ({ scheduledAt }) => ({ day: scheduledAt }),
 *   cron: "30 2 * * *", timeZone: "Europe/Berlin",
 *   overlap: "skip"
 * })
 */
export const defineSchedule = <const Name extends string, In>(
  name: Name,
  options: ScheduleOptions<In>
): ScheduleDefinition<Name> => {
  assertName("schedule", name)
  const what = `schedule ${name}`
  assertKnown(what, options, known, ["input"])
  const { workflow, input } = options
  if (typeof workflow?.workflowName !== "string")
    throw new TypeError(`${what}: workflow is ${show(workflow)}: use what defineWorkflow gave`)
  const inputAt = typeof input === "function" ? (input as (time: ScheduledTime) => unknown) : undefined
  return {
    scheduleName: name,
    workflow,
    inputAt,
    spec: {
      workflow: workflow.workflowName,
      version: workflow.version,
      input: inputAt === undefined ? encodeInput(what, workflow, input) : null,
      times: timesOf(what, options),
      overlap: oneOf(what, "overlap", options.overlap ?? "skip", overlaps),
      catchUp: catchUpOf(what, options.catchUp),
      jitterMs: jitterOf(what, options.jitter ?? 0),
      ...boundsOf(what, options)
    }
  }
}

const known = ["workflow", "input", "overlap", "catchUp", "jitter", "startsAt", "endsAt"].concat(
  ["cron", "timeZone", "onDstOverlap"],
  ["every", "offset"]
)

const overlaps = ["skip", "queue", "allow", "replace"] as const
const dstOverlaps = ["earlier", "later", "both"] as const

const oneOf = <A extends string>(what: string, name: string, value: unknown, values: ReadonlyArray<A>): A => {
  const found = values.find((one) => one === value)
  if (found !== undefined) return found
  throw new RangeError(`${what}: ${name} is ${show(value)}: one of ${values.map((one) => `"${one}"`).join(", ")}`)
}

const catchUpOf = (what: string, catchUp: unknown): ScheduleSpec["catchUp"] => {
  if (catchUp === undefined || catchUp === "latest") return "latest"
  if (catchUp === "none") return "none"
  const ms = durationMs(`${what}: catchUp ("latest", "none" or how late a run may be)`, catchUp as Duration.Input)
  return Math.min(Math.ceil(ms), Number.MAX_SAFE_INTEGER)
}

const jitterOf = (what: string, jitter: Duration.Input): number => {
  const ms = Math.ceil(durationMs(`${what}: jitter`, jitter))
  if (Number.isSafeInteger(ms)) return ms
  throw new RangeError(`${what}: jitter is ${show(jitter)}: a length of time that ends`)
}

const boundsOf = (what: string, { endsAt, startsAt }: Pick<CommonOptions<never>, "endsAt" | "startsAt">) => {
  const of = (name: string, moment: Moment | undefined) =>
    moment === undefined ? null : boundedMoment(momentMs(`${what}: ${name}`, moment))
  const bounds = { startsAt: of("startsAt", startsAt), endsAt: of("endsAt", endsAt) }
  if (bounds.startsAt !== null && bounds.endsAt !== null && bounds.endsAt < bounds.startsAt)
    throw new RangeError(`${what}: it ends before it starts`)
  return bounds
}

const timesOf = (what: string, options: Partial<CronOptions & EveryOptions>): ScheduleTimes => {
  if ((options.cron === undefined) === (options.every === undefined))
    throw new TypeError(`${what}: say when, by cron or by every, and not by both`)
  return options.cron === undefined ? everyOf(what, options) : cronTimes(what, options.cron, options)
}

const everyOf = (what: string, { cron: _, every, offset = 0, ...rest }: Partial<CronOptions & EveryOptions>) => {
  if (rest.timeZone !== undefined || rest.onDstOverlap !== undefined)
    throw new TypeError(`${what}: every counts in UTC, a time zone is for cron`)
  const everyMs = Math.ceil(durationMs(`${what}: every`, every as Duration.Input))
  if (everyMs < 1_000 || !Number.isSafeInteger(everyMs))
    throw new RangeError(`${what}: every is ${show(every)}: a second or more`)
  const offsetMs = Math.ceil(durationMs(`${what}: offset`, offset))
  if (offsetMs >= everyMs) throw new RangeError(`${what}: offset is ${show(offset)}: less than every`)
  const times = { _tag: "every", everyMs, offsetMs } as const
  if (nextTime({ times, startsAt: null, endsAt: null }, 0) === undefined)
    throw new RangeError(`${what}: every is ${show(every)}, which is longer than there are dates`)
  return times
}

const cronTimes = (what: string, expression: unknown, options: Partial<CronOptions & EveryOptions>): ScheduleTimes => {
  if (options.offset !== undefined) throw new TypeError(`${what}: offset is for every`)
  if (typeof expression !== "string")
    throw new TypeError(`${what}: cron is ${show(expression)}: a text such as "30 2 * * *"`)
  const { timeZone: zone = "UTC", onDstOverlap = "earlier" } = options
  if (typeof zone !== "string" || Option.isNone(DateTime.zoneFromString(zone)))
    throw new RangeError(`${what}: timeZone is ${show(zone)}: a name such as "Europe/Berlin", or "UTC"`)
  const times = {
    _tag: "cron",
    expression,
    zone,
    overlap: oneOf(what, "onDstOverlap", onDstOverlap, dstOverlaps)
  } as const
  try {
    cronOf(times)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new RangeError(`${what}: cron is ${show(expression)}: ${why}. Five fields, or six that begin with seconds`, {
      cause
    })
  }
  if (nextTime({ times, startsAt: null, endsAt: null }, 0) === undefined)
    throw new RangeError(`${what}: cron is ${show(expression)}, which names a day that never comes`)
  return times
}
