import { defineStep, defineWorkflow, deprecatePatch, patched } from "dynactor"
import { Effect, Schema } from "effect"

const Order = Schema.Struct({ id: Schema.String, cents: Schema.Int })
type Order = typeof Order.Type

export const checkFraud = defineStep("checkFraud", { input: Order, output: Schema.Void, run: async () => {} })
export const charge = defineStep("charge", { input: Order, output: Schema.String, run: async ({ id }) => `r-${id}` })
export const ship = defineStep("ship", { input: Order, output: Schema.Void, run: async () => {} })

/** 1. What is deployed. Runs of it sleep for a week at a time. */
export const before = defineWorkflow("sendOrder", {
  input: Order,
  output: Schema.String,
  run: Effect.fn(function* (order: Order) {
    const receipt = yield* charge(order)
    yield* Effect.sleep("7 days")
    yield* ship(order)
    return receipt
  })
})

/** 2. A step more, for runs that have not been charged yet. Those that have go on as they began. */
export const withPatch = defineWorkflow("sendOrder", {
  input: Order,
  output: Schema.String,
  run: Effect.fn(function* (order: Order) {
    if (yield* patched("fraud-check")) yield* checkFraud(order)
    const receipt = yield* charge(order)
    yield* Effect.sleep("7 days")
    yield* ship(order)
    return receipt
  })
})

/** 3. When no run goes the old way any more. One that would is parked, and not sent the wrong way. */
export const withDeprecatedPatch = defineWorkflow("sendOrder", {
  input: Order,
  output: Schema.String,
  run: Effect.fn(function* (order: Order) {
    yield* deprecatePatch("fraud-check")
    yield* checkFraud(order)
    const receipt = yield* charge(order)
    yield* Effect.sleep("7 days")
    yield* ship(order)
    return receipt
  })
})

/** 4. When that has been everywhere, and nobody would go back beyond it. */
export const after = defineWorkflow("sendOrder", {
  input: Order,
  output: Schema.String,
  run: Effect.fn(function* (order: Order) {
    yield* checkFraud(order)
    const receipt = yield* charge(order)
    yield* Effect.sleep("7 days")
    yield* ship(order)
    return receipt
  })
})
