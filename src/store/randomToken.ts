import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** 53 random bits, printed like a fingerprint: tells writers from each other, and is short in a head. */
export const randomToken: Effect.Effect<string> = Effect.map(Random.next, (random) =>
  Math.floor(random * 2 ** 53).toString(36)
)
