import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"

const settle = Effect.repeat(Effect.yieldNow, { times: 20 })

/** Moves the test's time step by step, and lets every fiber do what it has to do at each. */
export const passTime = Effect.fnUntraced(function* (ms: number, stepMs = 50) {
  yield* settle
  for (let passed = 0; passed < ms; passed += stepMs) {
    yield* TestClock.adjust(Math.min(stepMs, ms - passed))
    yield* settle
  }
})
