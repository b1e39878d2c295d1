import * as Schema from "effect/Schema"

/** Why a value is not shown, or not as it is stored. */
export const HiddenBecause = Schema.Literals([
  /** More characters of JSON than were asked for: `preview` has the first ones, `readValue` all. */
  "large",
  /** Nobody has said by which schema it is to be read, so nobody knows what in it is secret. */
  "noSchema",
  /** A codec has sealed it, and this process does not open it: `why` says what is missing. */
  "sealed",
  /** Its object is missing, or was altered, or it does not fit the schema of today. */
  "unreadable"
])
export type HiddenBecause = typeof HiddenBecause.Type

/**
 * A stored value for people. What its schema says is `Redacted` is `"<redacted>"` here; it is never sent to who reads this.
 */
export const ShownValue = Schema.Struct({
  /** Of its JSON as it is stored. */
  bytes: Schema.Number,
  /** Absent: see `hidden`. */
  json: Schema.optionalKey(Schema.Json),
  hidden: Schema.optionalKey(HiddenBecause),
  /** Of a large one, its first characters. */
  preview: Schema.optionalKey(Schema.String),
  /** Of an unreadable or sealed one, why. */
  why: Schema.optionalKey(Schema.String),
  /** What `readValue` takes to give the whole of it. */
  ref: Schema.String
})
export interface ShownValue extends Schema.Schema.Type<typeof ShownValue> {}

/** One error of a chain. */
export const ErrorLink = Schema.Struct({
  /** That of its class, or its `_tag`. */
  name: Schema.String,
  message: Schema.String,
  stack: Schema.optionalKey(Schema.String),
  code: Schema.optionalKey(Schema.Union([Schema.String, Schema.Number])),
  status: Schema.optionalKey(Schema.Number)
})
export interface ErrorLink extends Schema.Schema.Type<typeof ErrorLink> {}

/** How something failed: the error, its cause, the cause of that. */
export const ShownError = Schema.Struct({
  message: Schema.String,
  /** Outermost first; one at least. */
  chain: Schema.Array(ErrorLink),
  /** A typed error, by its schema. */
  value: Schema.optionalKey(ShownValue)
})
export interface ShownError extends Schema.Schema.Type<typeof ShownError> {}
