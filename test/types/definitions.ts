import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"

/** What the type tests are about: definitions as a user writes them. */
export const Order = Schema.Struct({ id: Schema.String, cents: Schema.Number })
export type Order = typeof Order.Type
export const Receipt = Schema.Struct({ receipt: Schema.String })
export type Receipt = typeof Receipt.Type
export class CardDeclined extends Schema.TaggedError<CardDeclined>()("CardDeclined", { code: Schema.Number }) {}
export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", {}) {}
export class Payments extends Context.Service<
  Payments,
  { readonly charge: (cents: number) => Effect.Effect<string> }
>()("Payments") {}

export const charge = defineStep("charge", {
  input: Order,
  output: Receipt,
  error: CardDeclined,
  run: (order) =>
    order.cents > 0
      ? Effect.flatMap(Payments, (payments) => Effect.map(payments.charge(order.cents), (receipt) => ({ receipt })))
      : Effect.fail(new CardDeclined({ code: 1 }))
})

export const notify = defineStep("notify", { input: Schema.String, output: Schema.Null, run: async () => null })
export const refund = defineStep("refund", {
  input: Receipt,
  output: Schema.Null,
  error: OutOfStock,
  run: () => Effect.succeed(null)
})
export const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

export const fulfil = defineWorkflow("fulfil", {
  input: Order,
  output: Receipt,
  error: CardDeclined,
  run: (order) => charge(order)
})
