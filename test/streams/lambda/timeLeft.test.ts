import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { timeLeft } from "../../../src/streams/lambda/timeLeft.ts"

it.each([1, 100, 999, 1_500, 10_000, 30_000, 900_000])(
  "a function that has %d ms left works for half of them or more, and answers before they are over",
  async (leftMs) => {
    const before = Date.now()
    const { answerAt, handBackAt } = await Effect.runPromise(timeLeft({ getRemainingTimeInMillis: () => leftMs }))
    const after = Date.now()
    expect(handBackAt).toBeGreaterThanOrEqual(before + leftMs / 2)
    expect(answerAt).toBeGreaterThan(handBackAt)
    expect(answerAt).toBeLessThan(after + leftMs)
  }
)
