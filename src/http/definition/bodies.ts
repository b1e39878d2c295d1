import * as Schema from "effect/Schema"

// What requests hold. The functions of AWS Lambda read theirs by the same schemas.

/** The most that a request waits for news: below what an HTTP API gives its function. */
export const mostWaitMs = 20_000

const WaitMs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: mostWaitMs }))

const signalFields = {
  /** As the signal's schema encodes it to JSON. Left out: null. */
  payload: Schema.optionalKey(Schema.Json),
  /** Makes it idempotent: the same id and payload is the same signal. */
  id: Schema.optionalKey(Schema.String),
  /** What it is for: only who waits for that receives it. */
  for: Schema.optionalKey(Schema.String)
}

export const SignalBody = Schema.Struct(signalFields)

export const StartBody = Schema.Struct({
  /** As the input's schema encodes it to JSON. Left out: null. */
  input: Schema.optionalKey(Schema.Json),
  runId: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.String),
  /** Sent as well, to the run that this starts or that is there. */
  signal: Schema.optionalKey(Schema.Struct({ name: Schema.String, ...signalFields }))
})

export const UpdateBody = Schema.Struct({
  input: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String),
  /** How long to wait for the answer. */
  waitMs: Schema.optionalKey(WaitMs)
})

export const CompleteBody = Schema.Struct({
  payload: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String)
})

export const FailBody = Schema.Struct({
  error: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String)
})

export const CancelBody = Schema.Struct({ reason: Schema.optionalKey(Schema.String) })
