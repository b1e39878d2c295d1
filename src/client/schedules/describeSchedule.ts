import * as Effect from "effect/Effect"
import { shownSpec, shownStatus } from "../../actor/calls/schedules/scheduleParts.ts"
import type { Recent, ScheduleSpec, ScheduleStatus } from "../../actor/calls/schedules/scheduleSpec.ts"
import { nextTime, shiftOf } from "../../actor/calls/schedules/scheduleTimes.ts"
import { scheduleRunId, scheduleWorkflowName } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { boundedMoment } from "../../actor/calls/sleep.ts"
import { isName } from "../../actor/definitions/name.ts"
import { parseAddress, runIdOf } from "../../actor/history/generation.ts"
import { type Head, isTerminal } from "../../actor/history/head.ts"
import type { Newest } from "../../store/generations/newest.ts"
import { startOf } from "../../store/generations/starts.ts"
import { stateAt } from "../../store/reading/shownState.ts"
import { RunTable } from "../../store/runTable.ts"
import { standingOf } from "../../store/schedules/standing.ts"
import { openNewest } from "../openNewest.ts"
import { decodeState } from "../publishedState.ts"
import { ScheduleNotFound } from "./errors.ts"

export interface ScheduleDescription {
  readonly schedule: string
  /** Of the run that it is. */
  readonly runId: string
  /**
   * `starting`: no host has turned it yet. `removed`: somebody has, or has terminated its run; `ended`: it has no time to come. `held`: its run is parked, or
   * somebody has paused that, which is not the schedule's own pause; starts nothing, and `why`.
   */
  readonly status: "starting" | "active" | "paused" | "held" | "removed" | "ended"
  readonly why?: string
  /** Absent while it is starting, as is all below. */
  readonly spec?: ScheduleSpec
  readonly paused?: { readonly at: Date; readonly note?: string }
  /** The next times, when their runs start; none while it is paused. */
  readonly next: ReadonlyArray<Date>
  /** What became of the last times, the newest first: five at most. */
  readonly recent: ReadonlyArray<Recent>
  /** Ids of the runs that go on, the last five. */
  readonly live: ReadonlyArray<string>
  /** Waiting for the run before them to end. */
  readonly queued: number
  /** Ranges that were asked for and are not through, the first five: from the next time of each. They wait for the runs that go on. Absent: none. */
  readonly backfills?: ReadonlyArray<{ readonly from: Date; readonly until: Date }>
  readonly started: number
  readonly skipped: number
}

const shownTimes = 5

/** As of its last commit: it is not woken by it. */
export const describeSchedule = Effect.fnUntraced(function* (name: string, now: number) {
  const runId = scheduleRunId(name)
  const newest = yield* openSchedule(name)
  const { head } = newest
  if (yield* isToBegin(newest)) return starting(name)
  const shown = yield* stateAt(newest, shownSpec.stateName)
  const stands = yield* stateAt(newest, shownStatus.stateName)
  const held = heldOf(runId, head)
  if (shown.stored === undefined || stands.stored === undefined) return { ...starting(name), ...held }
  const spec = yield* decodeState(runId, shownSpec, shown.stored)
  const status = yield* decodeState(runId, shownStatus, stands.stored)
  const state = endOf(head) ?? isPaused(status)
  return {
    schedule: name,
    runId,
    status: state,
    ...held,
    spec,
    ...(status.paused === null ? {} : { paused: pausedOf(status.paused) }),
    next: state === "active" && held === undefined ? nextTimes(name, spec, now, status) : [],
    recent: status.recent,
    live: status.live,
    queued: status.queued,
    ...(state === "removed" || state === "ended" ? {} : rangesOf(spec, status)),
    started: status.started,
    skipped: status.skipped
  } satisfies ScheduleDescription as ScheduleDescription
})

/** It was asked to begin anew. */
const isToBegin = Effect.fnUntraced(function* (newest: Newest) {
  const { address, head } = newest
  if (head === undefined) return (yield* startOf(newest)) === parseAddress(address).generation
  return isTerminal(head.status) && !(yield* standingOf(newest)).isOver
})

const endOf = (head: Head | undefined): "removed" | "ended" | undefined => {
  if (head === undefined || !isTerminal(head.status) || head.status === "continued") return undefined
  return head.status === "cancelled" || head.status === "terminated" ? "removed" : "ended"
}

/** Its run stands still, as any run may. */
const heldOf = (runId: string, head: Head | undefined) => {
  if (head?.status === "paused") {
    const reason = head.paused?.reason ?? null
    const why = `run ${runId} is paused${reason === null ? "" : `: ${reason}`}. It goes on when that run is resumed`
    return { status: "held", why } as const
  }
  if (head?.status !== "parked") return undefined
  return {
    status: "held",
    why: `run ${runId} is parked: ${head.parked?.message ?? "for no reason that is known"}`
  } as const
}

const isPaused = ({ paused }: ScheduleStatus) => (paused === null ? "active" : "paused")

const pausedOf = ({ at, note }: NonNullable<ScheduleStatus["paused"]>) => ({
  at: new Date(at),
  ...(note === null ? {} : { note })
})

const nextTimes = (name: string, spec: ScheduleSpec, now: number, { after }: ScheduleStatus): ReadonlyArray<Date> => {
  const shift = shiftOf(name, spec)
  const seen = Math.max(now - shift, after ?? 0)
  const times: Array<Date> = []
  for (let at = nextTime(spec, seen); at !== undefined && times.length < shownTimes; at = nextTime(spec, at))
    times.push(new Date(boundedMoment(at + shift)))
  return times
}

const rangesOf = (spec: ScheduleSpec, { backfills = [] }: ScheduleStatus): Pick<ScheduleDescription, "backfills"> => {
  const ranges = backfills.flatMap(({ after, until }) => {
    const from = nextTime(spec, after)
    return from === undefined || from > until ? [] : [{ from: new Date(from), until: new Date(until) }]
  })
  return ranges.length === 0 ? {} : { backfills: ranges }
}

const starting = (name: string): ScheduleDescription => ({
  schedule: name,
  runId: scheduleRunId(name),
  status: "starting",
  next: [],
  recent: [],
  live: [],
  queued: 0,
  started: 0,
  skipped: 0
})

/** A run of another workflow under its id is no schedule. */
export const openSchedule = Effect.fnUntraced(function* (name: string) {
  const missing = new ScheduleNotFound({
    schedule: String(name),
    message: `there is no schedule ${JSON.stringify(String(name).slice(0, 80))}`
  })
  if (!isName(name)) return yield* missing
  const newest = yield* Effect.catchTag(openNewest(scheduleRunId(name)), "RunNotFound", () => Effect.fail(missing))
  const { address, head } = newest
  const runId = runIdOf(address)
  const start = head === undefined ? yield* (yield* RunTable).readMessage(runId, "start") : undefined
  const workflow = head?.workflow ?? (start?.kind === "start" ? start.workflow : undefined)
  return workflow === scheduleWorkflowName ? newest : yield* missing
})
