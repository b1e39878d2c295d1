import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Invoice = Schema.Struct({ number: Schema.String, cents: Schema.Int })
type Invoice = typeof Invoice.Type

const transfer = async (_invoice: Invoice): Promise<void> => {}
const discount = async (_invoice: Invoice): Promise<void> => {}

const pay = defineStep("pay", { input: Invoice, output: Schema.Void, run: async (invoice) => transfer(invoice) })

/** Somebody else's, in another module once, under a name that was free there. */
const giveDiscount = defineStep("pay", {
  input: Invoice,
  output: Schema.Void,
  run: async (invoice) => discount(invoice)
})

export const settleInvoice = defineWorkflow("settleInvoice", {
  input: Invoice,
  output: Schema.Void,
  run: Effect.fn(function* (invoice: Invoice) {
    yield* giveDiscount(invoice)
    yield* pay(invoice)
  })
})
