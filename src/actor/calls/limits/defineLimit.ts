import { assertKnown, show } from "../../definitions/assertOptions.ts"
import type { Limit, LimitSpec } from "../../definitions/limits/limitUse.ts"
import { assertName } from "../../definitions/name.ts"
import { parseRate, type Rate } from "./parseRate.ts"

/** The most that hold a place at once: who holds one stands in the head of the limiter. */
export const mostConcurrency = 500

/** With a key, and a number behind it, within what a signal may be for. */
export const mostLimitName = 40

export interface LimitOptions {
  /** So many runs or steps hold a place of one key at a time, 1 to 500. Default: any number. */
  readonly concurrency?: number
  /**
   * So many places of one key are given in any stretch of time of this length, by the clocks of hosts: `"100/minute"`, `"5/10 seconds"`, or
   * `{ count: 5, per: "10 seconds" }`. 1 to 10,000 in 100 milliseconds to 31 days. Default: any number.
   */
  readonly rate?: Rate
}

/**
 * At most so many runs or steps at once, or in a time, of each key that is computed from the input. Who finds no place waits, and is seen to
 * (`client.limits`). A deployment that changes the numbers changes them for a key with the next who asks for it.
 *
 * Throws a `RangeError` or `TypeError` that names the option.
 *
 * @example
 * const stripe = defineLimit("stripe", { concurrency: 10, rate: "100/minute" })
 * const charge = defineStep("charge", { ..., limit: { limit: stripe, key: (order) => order.account } })
 * const order = defineWorkflow("order", { ..., limits: [{ limit: stripe, key: (order) => order.account }] })
 */
export const defineLimit = <const Name extends string>(name: Name, options: LimitOptions): Limit<Name> => {
  assertName("limit", name)
  const what = `limit ${name}`
  if (name.length > mostLimitName) throw new RangeError(`${what}: a name of at most ${mostLimitName} characters`)
  assertKnown(what, options, ["concurrency", "rate"])
  const { concurrency, rate } = options
  if (concurrency === undefined && rate === undefined)
    throw new RangeError(`${what} limits nothing: give it a concurrency, a rate, or both`)
  if (
    concurrency !== undefined &&
    !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= mostConcurrency)
  )
    throw new RangeError(
      `${what}: concurrency is ${show(concurrency)}: a whole number of 1 to ${mostConcurrency}; for more, spread it over several keys`
    )
  const spec: LimitSpec = {
    concurrency: concurrency ?? null,
    rate: rate === undefined ? null : parseRate(what, rate)
  }
  const limit: Limit<Name> = {
    limitName: name,
    spec,
    by: (key, { priority } = {}) => ({ limit, key, ...(priority === undefined ? {} : { priority }) })
  }
  return limit
}
