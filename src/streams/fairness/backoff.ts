import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import { Place } from "./place.ts"

/** Exponential with jitter: between half of `firstMs * 2^(attempt - 1)` and all of it, `maxMs` at most. */
export const backoffMs = (attempt: number, firstMs: number, maxMs: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) =>
    Math.round(Math.min(firstMs * 2 ** Math.min(attempt - 1, 20), maxMs) * (0.5 + random / 2))
  )

/**
 * Asks a store again, more and more slowly, until it answers or the caller is interrupted. It may be away, or refuse until somebody
 * has put right what its message says. Used for what follows a step's execution, because giving up there would run the step's
 * code once more.
 */
export const insist = Effect.fnUntraced(function* <A, E, R>(what: string, ask: Effect.Effect<A, E, R>) {
  const place = yield* Place
  for (let attempt = 1; ; attempt++) {
    const result = yield* Effect.result(ask)
    if (result._tag === "Success") return result.success
    const error = result.failure
    if (!passes(error)) return yield* Effect.fail(error as Exclude<E, StoreUnavailable>)
    place.leave()
    yield* Effect.logWarning(
      `the store is away (${error.operation}: ${error.message}); ${what} waits, attempt ${attempt}`
    )
    yield* Effect.sleep(yield* backoffMs(attempt, 50, 5_000))
  }
})

/** Can the same call succeed later? */
const passes = (error: unknown): error is StoreUnavailable | StoreRefused =>
  error instanceof StoreUnavailable || (error instanceof StoreRefused && error.mend !== undefined)
