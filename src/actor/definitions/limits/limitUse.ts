import * as Schema from "effect/Schema"

/** The numbers of a limit. */
export const LimitSpec = Schema.Struct({
  /** How many may hold a place at once. Null: any number. */
  concurrency: Schema.NullOr(Schema.Int),
  /** How many places are given in any stretch of time of this length. Null: any number. */
  rate: Schema.NullOr(Schema.Struct({ count: Schema.Int, periodMs: Schema.Int }))
})
export type LimitSpec = typeof LimitSpec.Type

/** A limit, once it is defined. */
export interface Limit<Name extends string = string> {
  readonly limitName: Name
  readonly spec: LimitSpec
  /**
   * `{ limit, key, priority }`, for a key that is used in more than one place: the type of its input is to be said.
   *
   * @example
   * const byAccount = stripe.by((order: Order) => order.account)
   */
  readonly by: <In>(key: (input: In) => string, options?: { readonly priority?: (input: In) => number }) => LimitUse<In>
}

/** A limit as a workflow or a step is held to it. */
export interface LimitUse<In> {
  readonly limit: Limit
  /** Each key has places of its own. A text of 1 character or more; it stands in run ids and in what people are shown, so it is no place for what is secret. */
  readonly key: (input: In) => string
  /** Of those that wait for one key the highest comes first, and of one priority who came first. Whole numbers. Default: 0. */
  readonly priority?: (input: In) => number
}
