import * as Schema from "effect/Schema"
import { LimitSpec } from "../../definitions/limits/limitUse.ts"

/** Who asks for a place, or holds one. */
export const Holder = Schema.Struct({
  /** Of this time of asking. */
  id: Schema.String,
  run: Schema.String,
  workflow: Schema.String,
  /** The start of the run that asks: another start of its is another holder. */
  since: Schema.Int,
  /** A run keeps its place from the body's beginning to its end; a step from before its first attempt until it has an outcome. */
  scope: Schema.Literals(["run", "step"]),
  /** What the signal that gives the place is for. */
  channel: Schema.String
})
export type Holder = typeof Holder.Type

export const Waiting = Schema.Struct({
  ...Holder.fields,
  priority: Schema.Int,
  at: Schema.Int,
  /** It goes on with what needs a place, whether there is one or not. */
  insists: Schema.optionalKey(Schema.Boolean)
})
export type Waiting = typeof Waiting.Type

/** What one generation of a limiter hands to the next. */
export const LimitState = Schema.Struct({
  limit: Schema.String,
  /** As it was computed. */
  key: Schema.String,
  spec: LimitSpec,
  holders: Schema.Array(Holder),
  /** In the order in which they are to have a place. */
  queue: Schema.Array(Waiting),
  /** When places were given that still count for the rate, and how many: the oldest first. */
  given: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])),
  /** Given back before they were asked for, as far as that had come to the limiter. */
  gone: Schema.Array(Schema.String),
  total: Schema.Int
})
export type LimitState = typeof LimitState.Type

/** What a limiter is told. */
export const LimitNews = Schema.Union([
  Schema.TaggedStruct("ask", { who: Waiting, spec: LimitSpec }),
  Schema.TaggedStruct("leave", { id: Schema.String, spec: LimitSpec })
])
export type LimitNews = typeof LimitNews.Type

/** What a limiter shows of itself. Small: it stands in the head, and changes with every place. */
export const LimitStatus = Schema.Struct({
  spec: LimitSpec,
  /** Places that are held. With a rate alone nobody holds one. */
  held: Schema.Int,
  queued: Schema.Int,
  /** All that were ever given, by this run. */
  total: Schema.Int,
  /** Ids of the runs that have held a place for longest, as many as there is room for. */
  holders: Schema.Array(Schema.String),
  /** Marks of those that wait, the next first, as many as there is room for. */
  next: Schema.Array(Schema.String),
  /** Since when the one waits who has waited longest, epoch milliseconds. Not always the next: there are priorities. */
  waitingSince: Schema.NullOr(Schema.Int),
  /** Until when no place is given because of the rate, epoch milliseconds. */
  heldBackUntil: Schema.NullOr(Schema.Int)
})
export type LimitStatus = typeof LimitStatus.Type

/** What of an id tells those that wait apart. */
export const markOf = (id: string): string => id.slice(0, 10)
