import * as Schema from "effect/Schema"

/** No schedule has this name. Nothing was written. */
export class ScheduleNotFound extends Schema.TaggedError<ScheduleNotFound>()("ScheduleNotFound", {
  message: Schema.String,
  schedule: Schema.String
}) {}

/** It has no time to come any more, or was removed. Nothing was written. */
export class ScheduleEnded extends Schema.TaggedError<ScheduleEnded>()("ScheduleEnded", {
  message: Schema.String,
  schedule: Schema.String
}) {}

/** What it is asked for cannot be: a range that ends before it begins, say. Nothing was written. */
export class ScheduleInvalid extends Schema.TaggedError<ScheduleInvalid>()("ScheduleInvalid", {
  message: Schema.String,
  schedule: Schema.String
}) {}
