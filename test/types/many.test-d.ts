import * as Effect from "effect/Effect"
import { describe, expectTypeOf, it } from "vitest"
import {
  forEachStep,
  type ItemsFailed,
  type ManyResult,
  outputsOrFail,
  type Run,
  type StepFailed
} from "../../src/index.ts"
import { type CardDeclined, charge, type Receipt } from "./definitions.ts"

const orders = [{ id: "1", cents: 2 }]

describe("forEachStep", () => {
  const many = forEachStep(orders, charge, { concurrency: 2 })

  it("never fails by itself, and tells what it came to by its tag", () => {
    expectTypeOf(many).toEqualTypeOf<Effect.Effect<ManyResult<Receipt, CardDeclined>, never, Run>>()
  })

  it("gives no outputs before the tag was looked at", () => {
    Effect.flatMap(many, (result) => {
      // @ts-expect-error: only where all have succeeded
      result.outputs
      if (result._tag === "AllSucceeded") {
        expectTypeOf(result.outputs).toEqualTypeOf<Effect.Effect<ReadonlyArray<Receipt>, never, Run>>()
      }
      expectTypeOf(result.failures[0]?.error).toEqualTypeOf<CardDeclined | StepFailed | undefined>()
      return Effect.void
    })
  })

  it("has an error for what is not enough, if it is asked for", () => {
    expectTypeOf(outputsOrFail(many)).toEqualTypeOf<Effect.Effect<ReadonlyArray<Receipt>, ItemsFailed, Run>>()
  })

  it("takes items of the step's input, and needs a concurrency", () => {
    // @ts-expect-error: a field is missing
    forEachStep([{ id: "1" }], charge, { concurrency: 2 })
    // @ts-expect-error: no concurrency
    forEachStep(orders, charge, {})
    // @ts-expect-error: no such option
    forEachStep(orders, charge, { concurrency: 2, tolerated: 3 })
  })
})
