import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { assertKnown, durationMs, show } from "../definitions/assertOptions.ts"
import type { SignalSource } from "../definitions/definition.ts"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"
import { type Moment, momentMs, timerName } from "./sleep.ts"

export interface CollectOptions {
  /** 1 or more. */
  readonly count: number
  /** How long to wait for all of them. Default: for ever. */
  readonly within?: Duration.Input
  /** Until when, instead of `within`. */
  readonly until?: Moment
  /** Of the deadline's timer, as that of a sleep. */
  readonly name?: string
}

export interface Collected<A> {
  /** In the order in which they were adopted. */
  readonly values: ReadonlyArray<A>
  /** There are as many as were asked for. */
  readonly isComplete: boolean
}

/**
 * So many signals of one source, or as many as have come by the deadline: nothing that was received is lost to it. One that comes
 * at the very deadline is too late, and is kept for who asks next. An interrupted collection takes none.
 *
 * Throws a `RangeError` for a count, a duration or a moment that is none.
 *
 * @example
 * const { values, isComplete } = yield* collect(voted.for(motion), { count: 3, within: "2 days" })
 */
export const collect = <A>(
  signal: SignalSource<string, A>,
  options: CollectOptions
): Effect.Effect<Collected<A>, never, Run> => {
  const what = `a collection of signal ${signal.name}`
  assertKnown(what, options, ["count", "within", "until", "name"])
  const { count, within, until } = options
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`${what}: count is ${show(count)}: a whole number, 1 or more`)
  if (within !== undefined && until !== undefined)
    throw new RangeError(`${what} has both within and until: one of them is its deadline`)
  const withinMs = within === undefined ? undefined : Math.ceil(durationMs(`${what}: within`, within))
  const due = until === undefined ? undefined : momentMs(`${what}: until`, until)
  const name = timerName(options.name === undefined ? {} : { name: options.name })
  return Effect.flatMap(RunPortKey, (port) =>
    port.collect(
      signal,
      count,
      withinMs !== undefined
        ? port.sleepMs(withinMs, name)
        : due !== undefined
          ? port.sleepUntil(due, name)
          : Effect.never
    )
  )
}
