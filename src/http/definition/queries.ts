import * as Schema from "effect/Schema"
import { runStatuses } from "../../actor/history/head.ts"
import { mostWaitMs } from "./bodies.ts"

// What may stand behind the "?" of a request.

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const WaitMs = Schema.optionalKey(between(0, mostWaitMs))

export const ListQuery = Schema.Struct({
  workflow: Schema.optionalKey(Schema.String),
  status: Schema.optionalKey(Schema.Literals(runStatuses)),
  /** Default 100. */
  limit: Schema.optionalKey(between(1, 1_000)),
  /** From the page before. */
  cursor: Schema.optionalKey(Schema.String)
})

export const StateQuery = Schema.Struct({
  /** The mark of an answer before: it waits for another value. */
  after: Schema.optionalKey(Schema.String),
  /** How long. Default 0. */
  waitMs: WaitMs
})

const from = Schema.optionalKey(between(-999_999_999_999, 999_999_999_999))

export const EventsQuery = Schema.Struct({
  /** Where to begin, unless a `Last-Event-ID` says where a connection before was lost. Default 0. */
  from,
  /** Default "standing": what does not stand after all is noted. */
  tries: Schema.optionalKey(Schema.Literals(["all", "standing"]))
})

/** Without `tries` everything comes: to tell the tries apart, a page reads all that is before it. */
export const StreamQuery = Schema.Struct({
  /** A position, 0 for the first value, -10 for the last ten. Default 0. */
  from,
  /** Default 100. */
  limit: Schema.optionalKey(between(1, 1_000)),
  /** Default "all". */
  tries: Schema.optionalKey(Schema.Literals(["all", "standing"])),
  waitMs: WaitMs
})

const generation = Schema.optionalKey(between(0, 999_999_999))

/** Of the newest generation, if none is given. */
export const HistoryQuery = Schema.Struct({
  generation,
  /** The first message to be told, by its place in the order; a negative number counts from the end. Default 0. */
  from: Schema.optionalKey(between(-999_999_999, 999_999_999)),
  /** Messages of a page. Default 100. */
  limit: Schema.optionalKey(between(1, 500))
})

/** Of the newest, if none is given. */
export const GenerationQuery = Schema.Struct({ generation })

export const ValueQuery = Schema.Struct({
  generation,
  /** What the timeline has given with the value. */
  ref: Schema.String
})

export const WaitQuery = Schema.Struct({
  /** How long to wait for the end of the run. Default 10,000. */
  waitMs: WaitMs
})

export const AnswerQuery = Schema.Struct({
  /** Makes an answer idempotent. */
  id: Schema.optionalKey(Schema.String)
})
