import * as Schema from "effect/Schema"
import { TimelineStatus } from "./timeline.ts"

/** A message of the step queue that was received again and again and never answered. It is there until a host, or a function, has told its run. */
export const DeadLetter = Schema.Struct({
  runId: Schema.String,
  kind: Schema.Literals(["step", "timer", "wake"]),
  key: Schema.optionalKey(Schema.String),
  step: Schema.optionalKey(Schema.String),
  workflow: Schema.optionalKey(Schema.String),
  attempt: Schema.optionalKey(Schema.Number),
  /** How the attempt before had failed. */
  lastError: Schema.optionalKey(Schema.String)
})
export interface DeadLetter extends Schema.Schema.Type<typeof DeadLetter> {}

/** A step that has failed because its message had become a dead letter. */
export const DeadStep = Schema.Struct({
  runId: Schema.String,
  generation: Schema.Number,
  workflow: Schema.String,
  status: TimelineStatus,
  key: Schema.String,
  /** When its run was told, epoch milliseconds. */
  at: Schema.Number,
  /** Attempts that had been begun, as far as is known. */
  attempts: Schema.Number,
  message: Schema.String
})
export interface DeadStep extends Schema.Schema.Type<typeof DeadStep> {}

export const DeadLetters = Schema.Struct({
  /** Those that lie in the queue now, the oldest first, 100 at most. Null: this store cannot look into its queue. */
  waiting: Schema.NullOr(Schema.Array(DeadLetter)),
  /** Of the runs of this page. */
  steps: Schema.Array(DeadStep),
  /** How many runs were looked at for this page. */
  looked: Schema.Number,
  /** To look at more of them; absent at the end. */
  cursor: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "DeadLetters" })
export interface DeadLetters extends Schema.Schema.Type<typeof DeadLetters> {}
