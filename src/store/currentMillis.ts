import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** As `Clock.currentTimeMillis`, at half the price: it is asked several times for each step. */
export const currentMillis: Effect.Effect<number> = Effect.withFiberSucceed((fiber) =>
  fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
)
