import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { triggeredRunId } from "../../actor/calls/schedules/scheduledRunId.ts"
import { scheduleControl } from "../../actor/calls/schedules/scheduleParts.ts"
import type { Overlap, ScheduleControl } from "../../actor/calls/schedules/scheduleSpec.ts"
import { nameOfSchedule, scheduleRunId, scheduleWorkflowName } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { boundedMoment, type Moment, momentMs } from "../../actor/calls/sleep.ts"
import { checkSignalId } from "../../actor/definitions/name.ts"
import { isTerminal } from "../../actor/history/head.ts"
import type {
  CursorInvalid,
  PayloadAltered,
  PayloadMissing,
  StoreRefused,
  StoreUnavailable
} from "../../store/errors.ts"
import type { Payloads } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { type Ensured, ensureAgain, ensureSchedule } from "../../store/schedules/ensureSchedule.ts"
import { standingOf } from "../../store/schedules/standing.ts"
import type { SentBefore } from "../../store/sending/sentBefore.ts"
import { runDeleted, type StateUnreadable } from "../errors.ts"
import { cancelRun, checkSignal, freshId, sendSignal } from "../send.ts"
import { describeSchedule, openSchedule, type ScheduleDescription } from "./describeSchedule.ts"
import { ScheduleEnded, ScheduleInvalid, type ScheduleNotFound } from "./errors.ts"

type TellError = ScheduleNotFound | ScheduleEnded | ScheduleInvalid | StoreUnavailable | StoreRefused
type LookError = ScheduleNotFound | StateUnreadable | PayloadMissing | PayloadAltered | StoreUnavailable | StoreRefused

interface Query {
  /** Default 100. */
  readonly limit?: number
  readonly cursor?: string
}

/** What a client does with schedules. What one is told is durable when the call returns, and takes effect with the next turn of its run. */
export interface ScheduleClient {
  /**
   * Makes sure that it is there as it is defined: `created`, `changed` or `same`. `ended`: it has ended or was removed, and stays so; `taken`: a run of
   * another workflow has its run id, `schedule/<name>`. With `again` one that has ended, or was removed, begins anew, from now on: `created`. Hosts do this with the schedules that they are given; at run time, with an input that is a
   * value.
   *
   * @example
   * yield* client.schedules.ensure(defineSchedule(`report-${customer}`, { workflow: report, input: { customer }, cron: "0 6 * * 1" }))
   */
  readonly ensure: (
    schedule: ScheduleDefinition,
    options?: { readonly again?: boolean }
  ) => Effect.Effect<Ensured, ScheduleInvalid | PayloadMissing | PayloadAltered | StoreUnavailable | StoreRefused>
  /** As of its last commit. */
  readonly get: (name: string) => Effect.Effect<ScheduleDescription, LookError>
  /** Those that have not ended, the newest first, and the cursor of the next page. */
  readonly list: (
    query?: Query
  ) => Effect.Effect<
    { readonly schedules: ReadonlyArray<string>; readonly cursor?: string },
    CursorInvalid | StoreUnavailable
  >
  /** No run is started until it is resumed, but those that are triggered. Runs that go on go on. */
  readonly pause: (name: string, options?: { readonly note?: string }) => Effect.Effect<void, TellError>
  /** Times that have passed meanwhile are not made up for: `backfill` does that. */
  readonly resume: (name: string) => Effect.Effect<void, TellError>
  /** Starts a run now, paused or not. Answers with its id; the run is there with the schedule's next turn, and not found before. With an `id` of yours, asked again it is the same run. */
  readonly trigger: (
    name: string,
    options?: { readonly id?: string; readonly overlap?: Overlap }
  ) => Effect.Effect<{ readonly runId: string }, TellError>
  /** Starts a run for each time of a range that has passed, both ends included: one after the other (`queue`, the default), or a hundred at a time (`allow`). */
  readonly backfill: (
    name: string,
    range: { readonly from: Moment; readonly until: Moment; readonly overlap?: "queue" | "allow" }
  ) => Effect.Effect<void, TellError>
  /** Ends it, for good. Runs that it has started go on. */
  readonly remove: (name: string) => Effect.Effect<void, TellError>
}

export const scheduleClient = (context: Context.Context<RunTable | Payloads>, sent: SentBefore): ScheduleClient => {
  const provide = Effect.provideContext(context)
  const tell = (name: string, control: ScheduleControl, id?: string) => provide(tellSchedule(name, control, sent, id))
  return {
    ensure: (schedule, { again = false } = {}) => provide(ensured(schedule, again, sent)),
    get: (name) => provide(Effect.flatMap(Clock.currentTimeMillis, (now) => describeSchedule(name, now))),
    list: (query = {}) => provide(listSchedules(query)),
    pause: (name, { note } = {}) =>
      tell(name, { _tag: "pause", note: note?.slice(0, mostNote).toWellFormed() ?? null }),
    resume: (name) => tell(name, { _tag: "resume" }),
    trigger: (name, { id, overlap = null } = {}) =>
      Effect.gen(function* () {
        const own = id ?? (yield* freshId)
        const runId = triggeredRunId(name, own)
        const scheduledAt = yield* Clock.currentTimeMillis
        yield* tell(name, { _tag: "trigger", scheduledAt, runId, overlap }, `now-${own}`)
        return { runId }
      }),
    backfill: (name, { from, overlap = "queue", until }) =>
      Effect.gen(function* () {
        const control = yield* Effect.try({
          try: () => ({
            from: boundedMoment(momentMs("from", from)),
            until: boundedMoment(momentMs("until", until))
          }),
          catch: (error) => new ScheduleInvalid({ schedule: name, message: (error as Error).message })
        })
        if (control.until < control.from)
          return yield* new ScheduleInvalid({
            schedule: name,
            message: `the range of schedule ${name} ends before it begins`
          })
        if (control.until > (yield* Clock.currentTimeMillis) + clockSkewMs)
          return yield* new ScheduleInvalid({
            schedule: name,
            message: `the range of schedule ${name} ends in the future: a range is of times that have passed, those to come come by themselves`
          })
        yield* tell(name, { _tag: "backfill", ...control, overlap })
      }),
    remove: (name) => provide(removeSchedule(name, sent))
  }
}

/** A caller's "now" may be a little ahead of this machine's. */
const clockSkewMs = 60_000

/** Of all that there ever were: of what runs are listed by, one is asked for at a time, and a schedule whose run is parked or paused is there as well. */
const listSchedules = Effect.fnUntraced(function* ({ cursor: from, limit = 100 }: Query) {
  const table = yield* RunTable
  const schedules: Array<string> = []
  let cursor = from
  do {
    const left = Math.max(limit - schedules.length, 1)
    const at = cursor === undefined ? {} : { cursor }
    const page = yield* table.list({ ...at, limit: left, workflow: scheduleWorkflowName })
    const open = page.runs.filter(({ status }) => !isTerminal(status))
    schedules.push(...open.map(({ runId }) => nameOfSchedule(runId)))
    cursor = page.cursor
  } while (cursor !== undefined && schedules.length < limit)
  return { schedules, ...(cursor === undefined ? {} : { cursor }) }
})

/** Of a note, which stands in the head. */
const mostNote = 200

const ensured = Effect.fnUntraced(function* (schedule: ScheduleDefinition, again: boolean, sent: SentBefore) {
  if (schedule.inputAt !== undefined)
    return yield* new ScheduleInvalid({
      schedule: schedule.scheduleName,
      message: `the input of schedule ${schedule.scheduleName} is made by code, which only hosts have: give the definition to them (schedules), or an input that is a value`
    })
  if (!again) return yield* ensureSchedule(schedule)
  const ensured = yield* Effect.catchTag(
    ensureAgain(schedule, sent),
    "RunNotFound",
    ({ deletedAt = 0, runId, takenUntil = 0 }) => {
      const { message } = runDeleted(runId, { deletedAt, takenUntil })
      return Effect.fail(new ScheduleInvalid({ schedule: schedule.scheduleName, message }))
    }
  )
  return ensured === "again" ? ("created" as const) : ensured
})

const endedError = (name: string) =>
  new ScheduleEnded({
    schedule: name,
    message: `schedule ${name} has ended, or was removed: it starts no runs any more`
  })

const tellSchedule = Effect.fnUntraced(function* (
  name: string,
  control: ScheduleControl,
  sent: SentBefore,
  id: string | undefined
) {
  yield* openSchedule(name)
  const wrong = id === undefined ? undefined : checkSignalId(id)
  if (wrong !== undefined) return yield* new ScheduleInvalid({ schedule: name, message: `the id: ${wrong}` })
  const checked = yield* Effect.orDie(
    checkSignal(scheduleControl, control, id === undefined ? {} : { id }, scheduleRunId(name))
  )
  yield* sendSignal(scheduleRunId(name), checked, sent).pipe(
    Effect.catchTags({
      RunFinished: () => Effect.fail(endedError(name)),
      RunNotFound: () => Effect.fail(endedError(name)),
      // The same trigger at another moment is the same trigger.
      SignalConflict: () => Effect.void
    })
  )
})

const removeSchedule = Effect.fnUntraced(function* (name: string, sent: SentBefore) {
  const standing = yield* standingOf(yield* openSchedule(name))
  // Where it is over already, whoever has removed it asks once more.
  const to = standing.isOver ? undefined : standing
  yield* cancelRun(scheduleRunId(name), "the schedule is removed", sent, to).pipe(
    Effect.catchTags({
      RunFinished: () => Effect.fail(endedError(name)),
      RunNotFound: () => Effect.fail(endedError(name)),
      RunParked: ({ message }) => Effect.fail(new ScheduleInvalid({ schedule: name, message }))
    })
  )
})
