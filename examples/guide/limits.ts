import { defineLimit, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

export const Order = Schema.Struct({ id: Schema.String, account: Schema.String, express: Schema.Boolean })

/** Of each account: ten at once, and a hundred in any minute. */
export const stripe = defineLimit("stripe", { concurrency: 10, rate: "100/minute" })

/** Of each account: two orders at once, those by express first. */
export const packing = defineLimit("packing", { concurrency: 2 })

export const chargeOrder = defineStep("chargeOrder", {
  input: Order,
  output: Schema.Struct({ receipt: Schema.String }),
  limit: { limit: stripe, key: (order) => order.account },
  run: async (order) => ({ receipt: `receipt for ${order.id}` })
})

export const packOrder = defineWorkflow("packOrder", {
  input: Order,
  output: Schema.Struct({ receipt: Schema.String }),
  limits: [{ limit: packing, key: (order) => order.account, priority: (order) => (order.express ? 1 : 0) }],
  run: Effect.fn(function* (order) {
    return yield* chargeOrder(order)
  })
})
