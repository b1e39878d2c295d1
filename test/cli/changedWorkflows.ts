import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineStep, defineWorkflow, sleep } from "../../src/index.ts"
import { approved, asking, charge, Order, order, patient, TooMuch } from "./workflows.ts"

/** An entry after a change that runs under way do not survive: `patient` asks for something else first. */

export const refund = defineStep("refund", {
  input: Schema.Int,
  output: Schema.Int,
  run: (amount) => Effect.succeed(amount)
})

const changedPatient = defineWorkflow("patient", {
  input: Schema.Int,
  output: Schema.String,
  run: Effect.fn(function* (amount: number) {
    yield* refund(amount)
    yield* approved.receive
    return "changed"
  })
})

const changedOrder = defineWorkflow("order", {
  input: Order,
  output: Schema.Int,
  error: TooMuch,
  run: Effect.fn(function* ({ amount }: typeof Order.Type) {
    yield* sleep("1 second")
    return yield* charge(amount)
  })
})

export const workflows = [changedOrder, changedPatient, asking]
export const steps = [charge, refund]
void [order, patient]
