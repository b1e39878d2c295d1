import * as Schema from "effect/Schema"

/** One thing that was looked at. */
export const Check = Schema.Struct({
  /** `table.stream`, `queue.redrive` and the like: the same at each look. */
  id: Schema.String,
  /** `skipped`: it could not be looked at; the sentence says why. */
  result: Schema.Literals(["ok", "warning", "error", "skipped"]),
  sentence: Schema.String,
  /** What to do. Absent where all is well. */
  todo: Schema.optionalKey(Schema.String)
})
export interface Check extends Schema.Schema.Type<typeof Check> {}

export const DoctorReport = Schema.Struct({
  target: Schema.Literals(["sqlite", "aws"]),
  /** No errors among them. */
  healthy: Schema.Boolean,
  checks: Schema.Array(Check)
})
export interface DoctorReport extends Schema.Schema.Type<typeof DoctorReport> {}
