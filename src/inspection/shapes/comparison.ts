import * as Schema from "effect/Schema"

/** A run's history against the code of today. */
export const Comparison = Schema.Struct({
  runId: Schema.String,
  generation: Schema.Number,
  workflow: Schema.String,
  definitionVersion: Schema.String,
  /** `over`: the run has ended, and code that differs harms nothing. */
  verdict: Schema.Literals(["fits", "diverges", "over"]),
  /** Messages that were replayed. */
  replayed: Schema.Number,
  total: Schema.Number,
  /** Where and how, side by side. */
  divergence: Schema.optionalKey(
    Schema.Struct({
      /** Of the entry at which it shows; `total`: at the end of the history. */
      position: Schema.Number,
      /** The entry, or null at the end. */
      entry: Schema.NullOr(Schema.String),
      reason: Schema.String,
      message: Schema.String,
      /** `step chargeCard#0` and the like. */
      command: Schema.NullOr(Schema.String),
      /** What the history has there; null: nothing. */
      recorded: Schema.NullOr(Schema.String),
      /** What the code does there; null: nothing. */
      now: Schema.NullOr(Schema.String),
      /** `<file>:<line>:<column>` in today's code. */
      location: Schema.optionalKey(Schema.String),
      advice: Schema.String
    })
  )
})
export interface Comparison extends Schema.Schema.Type<typeof Comparison> {}
