import { assertKnown, assertWhole, show } from "../../definitions/assertOptions.ts"

export interface ForEachStepOptions {
  /** Items under way at a time: 1 or more, or `"unbounded"`. */
  readonly concurrency: number | "unbounded"
  /**
   * Failed items that are put up with, by number or as a share of *all* items, those not yet started included. One more ends it: what
   * is under way is cancelled, and nothing is started. Default: all items are tried, and one failure makes it `NotEnough`.
   */
  readonly tolerate?: { readonly count?: number; readonly percent?: number }
  /** It ends as soon as so many have succeeded. Without `tolerate`, any number may fail meanwhile. */
  readonly minSuccessful?: number
  /**
   * Items to a child run. Default: up to 4,000 items need no child run, and of more than that each has 1,000.
   */
  readonly batch?: number
}

/** What was asked for, in numbers of items. */
export interface Limits {
  readonly total: number
  readonly concurrency: number
  readonly batch: number | undefined
  /** Failures that may be, by each of the two. */
  readonly count: number
  readonly percent: number
  readonly needed: number | undefined
  /** Has anything been said about failures? */
  readonly isTolerant: boolean
}

/** Throws a TypeError or a RangeError. */
export const limitsOf = (what: string, total: number, options: ForEachStepOptions): Limits => {
  assertKnown(what, options, ["concurrency", "tolerate", "minSuccessful", "batch"], ["concurrency"])
  const { batch, concurrency, minSuccessful, tolerate } = options
  const isUnbounded = concurrency === "unbounded" || concurrency === Number.POSITIVE_INFINITY
  if (!isUnbounded) assertWhole(`${what}: concurrency`, concurrency, 1, 'or "unbounded"')
  if (tolerate !== undefined) assertKnown(`${what}: tolerate`, tolerate, ["count", "percent"])
  const { count, percent } = tolerate ?? {}
  if (tolerate !== undefined && count === undefined && percent === undefined)
    throw new TypeError(`${what}: tolerate says neither count nor percent`)
  if (count !== undefined) assertWhole(`${what}: tolerate.count`, count, 0)
  if (percent !== undefined && !(typeof percent === "number" && percent >= 0 && percent <= 100))
    throw new RangeError(`${what}: tolerate.percent is ${show(percent)}: a number from 0 to 100`)
  if (minSuccessful !== undefined) assertWhole(`${what}: minSuccessful`, minSuccessful, 1)
  if (batch !== undefined) assertWhole(`${what}: batch`, batch, 1, `and at most ${mostInOneRun}`, mostInOneRun)
  return {
    total,
    concurrency: isUnbounded ? Number.POSITIVE_INFINITY : concurrency,
    batch: batch ?? (total > mostInOneRun ? defaultBatch : undefined),
    count: count ?? Number.POSITIVE_INFINITY,
    percent: percent === undefined ? Number.POSITIVE_INFINITY : shareOf(percent, total),
    needed: minSuccessful,
    isTolerant: tolerate !== undefined || minSuccessful !== undefined
  }
}

/** Beyond it a history would come near to its end, and what is open at once near to what a head holds. */
export const mostInOneRun = 4_000
const defaultBatch = 1_000

/** The most of `total` that are no more than so many percent of it. 8.2 % of 500 are 41, and not what 40.99999999999999 begins with. */
const shareOf = (percent: number, total: number): number => Math.floor((percent * total) / 100 + 1e-9)
