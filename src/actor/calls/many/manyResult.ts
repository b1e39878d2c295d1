import type * as Effect from "effect/Effect"
import type { Run } from "../../definitions/run.ts"
import type { StepFailed } from "../../errors.ts"

// What `forEachStep` comes to.

/** What became of one item. */
export type ItemOutcome<Out, Err> =
  | { readonly _tag: "Succeeded"; readonly index: number; readonly output: Out }
  | ItemFailed<Err>
  /** Under way when the end was decided: its step was cancelled, and may have taken effect all the same. */
  | { readonly _tag: "Cancelled"; readonly index: number }
  | { readonly _tag: "NotStarted"; readonly index: number }

export interface ItemFailed<Err> {
  readonly _tag: "Failed"
  readonly index: number
  readonly error: Err | StepFailed
}

/**
 * Why it ended: every item has an outcome; enough have succeeded; more have failed than were tolerated, by number or by share of
 * all items. Of two limits the one that was passed first; of two passed by one failure, the number.
 */
export type ManyReason = "completed" | "minSuccessful" | "toleratedCount" | "toleratedPercent"

interface Counted<Out, Err> {
  readonly reason: ManyReason
  /** Items there were. */
  readonly total: number
  /** Items whose step was asked for: those that succeeded, failed and were cancelled. */
  readonly started: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  /** For a look at what went wrong: of those that failed, a hundred at most, and ten at most of each child run. `outcomes` has all. */
  readonly failures: ReadonlyArray<ItemFailed<Err>>
  /** What became of each item, in their order. All at once in memory: of very many, see `pages`. */
  readonly outcomes: Effect.Effect<ReadonlyArray<ItemOutcome<Out, Err>>, never, Run>
  /** The same a page at a time: one of each child run, or a single one. A page that is no longer in hand is read as an inline step is run. */
  readonly pages: ReadonlyArray<Effect.Effect<ReadonlyArray<ItemOutcome<Out, Err>>, never, Run>>
}

/** Each item has succeeded. */
export interface AllSucceeded<Out, Err> extends Counted<Out, Err> {
  readonly _tag: "AllSucceeded"
  /** In the order of the items. */
  readonly outputs: Effect.Effect<ReadonlyArray<Out>, never, Run>
}

/** Not each item has, but no more failed than were tolerated, and no fewer succeeded than were asked for. */
export interface Enough<Out, Err> extends Counted<Out, Err> {
  readonly _tag: "Enough"
}

/**
 * More failed than were tolerated (one, where nothing was said about it), or fewer succeeded than were asked for.
 */
export interface NotEnough<Out, Err> extends Counted<Out, Err> {
  readonly _tag: "NotEnough"
}

/** Nothing of it says how it went but its tag: that has to be looked at. */
export type ManyResult<Out, Err> = AllSucceeded<Out, Err> | Enough<Out, Err> | NotEnough<Out, Err>
