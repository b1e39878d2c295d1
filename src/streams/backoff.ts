import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Exponential with jitter: between half of `firstMs * 2^(attempt - 1)` and all of it, `maxMs` at most. */
export const backoffMs = (attempt: number, firstMs: number, maxMs: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => Math.round(Math.min(firstMs * 2 ** Math.min(attempt - 1, 20), maxMs) * (0.5 + random / 2)))
