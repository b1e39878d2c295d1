import * as Schema from "effect/Schema"

/** When: by a cron expression in a zone, or at every whole multiple of a length of time since 1970, and a shift. */
export const ScheduleTimes = Schema.Union([
  Schema.TaggedStruct("cron", {
    expression: Schema.String,
    zone: Schema.String,
    overlap: Schema.Literals(["earlier", "later", "both"])
  }),
  Schema.TaggedStruct("every", { everyMs: Schema.Int, offsetMs: Schema.Int })
])
export type ScheduleTimes = typeof ScheduleTimes.Type

/** What to do while the run that was started before goes on. */
export const Overlap = Schema.Literals(["skip", "queue", "allow", "replace"])
export type Overlap = typeof Overlap.Type

/** What becomes of times that nobody was there for: the last of them is made up for, none is, or all within so many milliseconds are. */
export const CatchUp = Schema.Union([Schema.Literals(["latest", "none"]), Schema.Int])
export type CatchUp = typeof CatchUp.Type

/**
 * By the input schema of the workflow. What of it is secret only that schema tells, and it may be known nowhere: for people all of it is, in every
 * listing of values.
 */
export const EncodedInput = Schema.Struct({ json: Schema.RedactedFromValue(Schema.Json) })
export type EncodedInput = typeof EncodedInput.Type

/** A schedule as data: what its run is given, and what a change replaces. */
export const ScheduleSpec = Schema.Struct({
  workflow: Schema.String,
  version: Schema.String,
  /** Null: the definition that hosts have under the schedule's name makes it, for each time. */
  input: Schema.NullOr(EncodedInput),
  times: ScheduleTimes,
  overlap: Overlap,
  catchUp: CatchUp,
  jitterMs: Schema.Int,
  /** Epoch milliseconds; null: without a bound. */
  startsAt: Schema.NullOr(Schema.Int),
  endsAt: Schema.NullOr(Schema.Int)
})
export type ScheduleSpec = typeof ScheduleSpec.Type

/** A time of a schedule, and the run that stands for it. */
const Due = Schema.Struct({ scheduledAt: Schema.Int, runId: Schema.String })
export type Due = typeof Due.Type

/** A run that goes on. A change of the schedule does not make it one of another workflow. */
const Live = Schema.Struct({ ...Due.fields, workflow: Schema.String })
export type Live = typeof Live.Type

export const Paused = Schema.Struct({ at: Schema.Int, note: Schema.NullOr(Schema.String) })

/**
 * What became of a time. `missed`: nobody was there, and it was not made up for; then it tells of all up to `until`. `refused`: its run could
 * not be started, and `why`.
 */
export const Recent = Schema.Struct({
  scheduledAt: Schema.Int,
  runId: Schema.optionalKey(Schema.String),
  state: Schema.Literals(["started", "succeeded", "failed", "cancelled", "queued", "skipped", "missed", "refused"]),
  until: Schema.optionalKey(Schema.Int),
  why: Schema.optionalKey(Schema.String)
})
export type Recent = typeof Recent.Type

/** What one generation of a schedule's run hands to the next. */
export const ScheduleState = Schema.Struct({
  name: Schema.String,
  spec: ScheduleSpec,
  /** How often its spec was changed. */
  revision: Schema.Int,
  paused: Schema.NullOr(Paused),
  /** Times up to this one have been seen to, epoch milliseconds. Null: it has just begun. */
  after: Schema.NullOr(Schema.Int),
  /** Waiting until the run before has ended. */
  queue: Schema.Array(Due),
  /** Asked for a range of past times: those after `after`, up to `until`. */
  backfills: Schema.Array(Schema.Struct({ after: Schema.Int, until: Schema.Int, overlap: Overlap })),
  /** Runs that it has started, and of which it has not heard the end. */
  live: Schema.Array(Live),
  recent: Schema.Array(Recent),
  started: Schema.Int,
  skipped: Schema.Int
})
export type ScheduleState = typeof ScheduleState.Type

/** What people ask of a schedule. */
export const ScheduleControl = Schema.Union([
  Schema.TaggedStruct("pause", { note: Schema.NullOr(Schema.String) }),
  Schema.TaggedStruct("resume", {}),
  Schema.TaggedStruct("trigger", {
    scheduledAt: Schema.Int,
    runId: Schema.String,
    /** Null: that of the schedule. */
    overlap: Schema.NullOr(Overlap)
  }),
  Schema.TaggedStruct("backfill", { from: Schema.Int, until: Schema.Int, overlap: Overlap }),
  /** Takes the place of this revision and of all before it. Each has one change at most, so the last that was asked for is the one that stands. */
  Schema.TaggedStruct("change", { revision: Schema.Int, spec: ScheduleSpec })
])
export type ScheduleControl = typeof ScheduleControl.Type

/** What a schedule's run shows of itself beside its spec. Small: it stands in the head, and changes with every start. */
export const ScheduleStatus = Schema.Struct({
  revision: Schema.Int,
  paused: Schema.NullOr(Paused),
  after: Schema.NullOr(Schema.Int),
  queued: Schema.Int,
  /** Ranges that were asked for and are not through, the first few. Absent: none, or none of which an earlier version has told. */
  backfills: Schema.optionalKey(Schema.Array(Schema.Struct({ after: Schema.Int, until: Schema.Int }))),
  live: Schema.Array(Schema.String),
  /** The newest first. */
  recent: Schema.Array(Recent),
  started: Schema.Int,
  skipped: Schema.Int
})
export type ScheduleStatus = typeof ScheduleStatus.Type
