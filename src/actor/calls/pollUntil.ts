import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assertKnown, durationMs, show } from "../definitions/assertOptions.ts"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"
import { LibraryError } from "../errorPages.ts"
import { timerName } from "./sleep.ts"

/** A condition was asked for as often, or as long, as it was to be, and has not been met. */
export class PollUsedUp extends LibraryError<PollUsedUp>()("PollUsedUp", {
  message: Schema.String,
  /** How often it was asked for. */
  checks: Schema.Number,
  /** Which limit was reached. */
  limit: Schema.Literals(["times", "within"])
}) {}

export interface PollTimes<S> {
  /** The pause between two checks, from the answer of one to the next; or how to tell it from the state and the number of checks so far. */
  readonly every: Duration.Input | ((state: S, checks: number) => Duration.Input)
  /** Checks at most. Default: no limit. */
  readonly times?: number
  /**
   * From the answer of the first check: at its end there is a last check. Default: no limit. A check that is under way is not
   * interrupted.
   */
  readonly within?: Duration.Input
  /** Of the timers between checks, as that of a sleep. */
  readonly name?: string
}

export interface PollOptions<S> extends PollTimes<S> {
  /** Is the state that the check has answered with what was waited for? */
  readonly until: (state: S) => boolean
}

interface NarrowingOptions<S, B extends S> extends PollTimes<S> {
  readonly until: (state: S) => state is B
}

type Check<S, E, R> = (state: NoInfer<S>, checks: number) => Effect.Effect<S, E, R>

/** One that begins with nothing. The compiler cannot tell the type of what it is given from what it answers: `initial` tells it. */
type FirstCheck<S, E, R> = (state: unknown, checks: number) => Effect.Effect<S, E, R>

/**
 * Asks for a condition in durable intervals. `check` gets what it answered with the time before (`initial` at first) and how many
 * checks there were, and its last answer, the first that `until` is true for, is the result. If that is the first, and it waits for
 * nothing itself, the run is not suspended. Errors of the check are its own: one that is to be asked again is retried inside it.
 *
 * Each check takes two messages of the run's history (its step and its timer). Throws a `RangeError` for options that are none.
 *
 * @example
 * const job = yield* pollUntil(() => lookUpJob(id), {
 *   until: (job) => job.status === "done", every: "30 seconds", within: "2 hours"
 * })
 */
export const pollUntil: {
  <S, B extends S, E, R>(
    check: FirstCheck<S, E, R>,
    options: NarrowingOptions<S, B>
  ): Effect.Effect<B, E | PollUsedUp, R | Run>
  <S, E, R>(check: FirstCheck<S, E, R>, options: PollOptions<NoInfer<S>>): Effect.Effect<S, E | PollUsedUp, R | Run>
  <S, B extends S, E, R>(
    check: Check<S, E, R>,
    options: NarrowingOptions<S, B> & { readonly initial: S }
  ): Effect.Effect<B, E | PollUsedUp, R | Run>
  <S, E, R>(
    check: Check<S, E, R>,
    options: PollOptions<NoInfer<S>> & { readonly initial: S }
  ): Effect.Effect<S, E | PollUsedUp, R | Run>
} = <S, E, R>(
  check: Check<S, E, R>,
  options: PollOptions<S> & { readonly initial?: S }
): Effect.Effect<S, E | PollUsedUp, R | Run> => {
  const { until, times = Number.POSITIVE_INFINITY, initial } = options
  const { pauseMs, withinMs, name } = checked(options)
  return Effect.gen(function* () {
    const port = yield* RunPortKey
    let state = yield* check(initial as S, 0)
    // From here: a run that was late when it asked is in time when it is answered.
    const deadline = (yield* Clock.currentTimeMillis) + withinMs
    for (let checks = 1; ; checks++) {
      if (until(state)) return state
      if (checks >= times) return yield* usedUp("times", checks)
      const leftMs = deadline - (yield* Clock.currentTimeMillis)
      if (leftMs <= 0) return yield* usedUp("within", checks)
      yield* port.sleepMs(Math.min(pauseMs(state, checks), leftMs), name)
      state = yield* check(state, checks)
    }
  })
}

const usedUp = (limit: "times" | "within", checks: number): PollUsedUp =>
  new PollUsedUp({
    limit,
    checks,
    message: `what was polled for was not met in ${checks} ${checks === 1 ? "check" : "checks"}: ${
      limit === "times" ? "those were all" : "its time is over"
    }`
  })

const known = ["until", "every", "times", "within", "name", "initial"]

const checked = <S>(options: PollOptions<S>) => {
  const what = "pollUntil"
  assertKnown(what, options, known, ["initial"])
  const { until, every, times, within, name } = options
  if (typeof until !== "function") throw new TypeError(`${what}: until is ${show(until)}, no function of the state`)
  if (times !== undefined && times !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(times) && times >= 1))
    throw new RangeError(`${what}: times is ${show(times)}: a whole number, 1 or more`)
  const pause = (input: Duration.Input): number => {
    const ms = Math.ceil(durationMs(`${what}: every`, input))
    if (ms < 1) throw new RangeError(`${what}: every is ${show(input)}: 1 ms or more, or it would ask without a pause`)
    return ms
  }
  const fixed = typeof every === "function" ? undefined : pause(every)
  return {
    pauseMs: (state: S, checks: number) =>
      fixed ?? pause((every as (state: S, checks: number) => Duration.Input)(state, checks)),
    // A timer is due at a whole millisecond, in every store.
    withinMs: within === undefined ? Number.POSITIVE_INFINITY : Math.ceil(durationMs(`${what}: within`, within)),
    name: timerName(name === undefined ? {} : { name })
  }
}
