import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { StoreUnavailable } from "../../store/errors.ts"

/** Exponential with jitter: between half of `firstMs * 2^(attempt - 1)` and all of it, `maxMs` at most. */
export const backoffMs = (attempt: number, firstMs: number, maxMs: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) =>
    Math.round(Math.min(firstMs * 2 ** Math.min(attempt - 1, 20), maxMs) * (0.5 + random / 2))
  )

/**
 * A store that is away is asked again, more and more slowly, until it answers or whoever asks is interrupted. For what follows
 * a step's execution: giving up there would run its code once more.
 */
export const insist = Effect.fnUntraced(function* <A, E, R>(what: string, ask: Effect.Effect<A, E, R>) {
  for (let attempt = 1; ; attempt++) {
    const result = yield* Effect.result(ask)
    if (result._tag === "Success") return result.success
    const error = result.failure
    if (!isUnavailable(error)) return yield* Effect.fail(error as Exclude<E, StoreUnavailable>)
    yield* Effect.logWarning(
      `the store is away (${error.operation}: ${error.message}); ${what} waits, attempt ${attempt}`
    )
    yield* Effect.sleep(yield* backoffMs(attempt, 50, 5_000))
  }
})

const isUnavailable = (error: unknown): error is StoreUnavailable =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "StoreUnavailable"
