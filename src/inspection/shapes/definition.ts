import * as Schema from "effect/Schema"

/** A workflow as a host knows it. */
export const WorkflowInfo = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  /** JSON Schemas (draft 2020-12) of what `start` takes and of what a run ends with; null: it has none. */
  input: Schema.NullOr(Schema.Json),
  output: Schema.NullOr(Schema.Json),
  /** Of its typed errors; null: it declares none. */
  error: Schema.NullOr(Schema.Json),
  /** `_tag`s of its typed errors, where they have some. */
  errors: Schema.Array(Schema.String),
  /** Dotted paths of fields of the input that are `Redacted`. */
  secrets: Schema.Array(Schema.String)
})
export interface WorkflowInfo extends Schema.Schema.Type<typeof WorkflowInfo> {}
