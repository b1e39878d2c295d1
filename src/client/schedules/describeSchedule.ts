import * as Effect from "effect/Effect"
import { shownSpec, shownStatus } from "../../actor/calls/schedules/scheduleParts.ts"
import type { Recent, ScheduleSpec, ScheduleStatus } from "../../actor/calls/schedules/scheduleSpec.ts"
import { nextTime, shiftOf } from "../../actor/calls/schedules/scheduleTimes.ts"
import { scheduleRunId, scheduleWorkflowName } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { runIdOf } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { stateAt } from "../../store/reading/shownState.ts"
import { openNewest } from "../openNewest.ts"
import { decodeState } from "../publishedState.ts"
import { ScheduleNotFound } from "./errors.ts"

export interface ScheduleDescription {
  readonly schedule: string
  /** Of the run that it is. */
  readonly runId: string
  /** `starting`: no host has turned it yet. `removed`: somebody has; `ended`: it has no time to come. */
  readonly status: "starting" | "active" | "paused" | "removed" | "ended"
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
  readonly started: number
  readonly skipped: number
}

const shownTimes = 5

/** As of its last commit: it is not woken by it. */
export const describeSchedule = Effect.fnUntraced(function* (name: string, now: number) {
  const runId = scheduleRunId(name)
  const newest = yield* openSchedule(name)
  const { head } = newest
  const shown = yield* stateAt(newest, shownSpec.stateName)
  const stands = yield* stateAt(newest, shownStatus.stateName)
  if (shown.stored === undefined || stands.stored === undefined) return starting(name)
  const spec = yield* decodeState(runId, shownSpec, shown.stored)
  const status = yield* decodeState(runId, shownStatus, stands.stored)
  const isOver = head !== undefined && isTerminal(head.status) && head.status !== "continued"
  const state = isOver ? (head.status === "cancelled" ? "removed" : "ended") : isPaused(status)
  return {
    schedule: name,
    runId,
    status: state,
    spec,
    ...(status.paused === null ? {} : { paused: pausedOf(status.paused) }),
    next: state === "active" ? nextTimes(name, spec, Math.max(now, status.after ?? 0)) : [],
    recent: status.recent,
    live: status.live,
    queued: status.queued,
    started: status.started,
    skipped: status.skipped
  } satisfies ScheduleDescription as ScheduleDescription
})

const isPaused = ({ paused }: ScheduleStatus) => (paused === null ? "active" : "paused")

const pausedOf = ({ at, note }: NonNullable<ScheduleStatus["paused"]>) => ({
  at: new Date(at),
  ...(note === null ? {} : { note })
})

const nextTimes = (name: string, spec: ScheduleSpec, after: number): ReadonlyArray<Date> => {
  const shift = shiftOf(name, spec)
  const times: Array<Date> = []
  for (let at = nextTime(spec, after - shift); at !== undefined && times.length < shownTimes; at = nextTime(spec, at))
    times.push(new Date(at + shift))
  return times
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
  const missing = new ScheduleNotFound({ schedule: name, message: `there is no schedule ${JSON.stringify(name)}` })
  const newest = yield* Effect.catchTag(openNewest(scheduleRunId(name)), "RunNotFound", () => Effect.fail(missing))
  const { address, head } = newest
  if (head !== undefined && head.workflow !== scheduleWorkflowName) return yield* missing
  return { ...newest, runId: runIdOf(address) }
})
