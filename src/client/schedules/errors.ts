import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"

/** No schedule has this name. Nothing was written. */
export class ScheduleNotFound extends LibraryError<ScheduleNotFound>()("ScheduleNotFound", {
  message: Schema.String,
  schedule: Schema.String
}) {}

/** It has no time to come any more, or was removed. Nothing was written. */
export class ScheduleEnded extends LibraryError<ScheduleEnded>()("ScheduleEnded", {
  message: Schema.String,
  schedule: Schema.String
}) {}

/** What it is asked for cannot be: a range that ends before it begins, say. Nothing was written. */
export class ScheduleInvalid extends LibraryError<ScheduleInvalid>()("ScheduleInvalid", {
  message: Schema.String,
  schedule: Schema.String
}) {}
