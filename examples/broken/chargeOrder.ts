import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Order = Schema.Struct({ id: Schema.String, cents: Schema.Int })
type Order = typeof Order.Type

/** The world outside, as far as it matters here. */
export interface Bank {
  readonly charges: Array<{ readonly order: string; readonly cents: number }>
}

/** Does not look at the idempotency key: whoever runs it twice, charges twice. */
export const charge = async (order: Order, _context: StepContext, bank: Bank): Promise<void> => {
  bank.charges.push({ order: order.id, cents: order.cents })
}

const bank: Bank = { charges: [] }

const chargeCard = defineStep("chargeCard", {
  input: Order,
  output: Schema.Void,
  run: (order, context) => charge(order, context, bank)
})

const sendReceipt = defineStep("sendReceipt", { input: Order, output: Schema.Void, run: async () => {} })

export const chargeOrder = defineWorkflow("chargeOrder", {
  input: Order,
  output: Schema.Void,
  run: Effect.fn(function* (order: Order) {
    yield* chargeCard(order)
    yield* sendReceipt(order)
  })
})
