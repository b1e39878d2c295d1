import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Visitor = Schema.Struct({ name: Schema.String })

class NotExpected extends Schema.TaggedError<NotExpected>()("NotExpected", { message: Schema.String }) {}

const reservePrinter = defineStep("reservePrinter", { input: Visitor, output: Schema.Void, run: async () => {} })
const print = defineStep("print", {
  input: Visitor,
  output: Schema.Void,
  error: NotExpected,
  retry: { nonRetryable: ["NotExpected"] },
  run: async () => {}
})
const releasePrinter = defineStep("releasePrinter", { input: Visitor, output: Schema.Void, run: async () => {} })

/** Whoever is not expected is to hear that, and does not where the printer cannot be released: the run dies of the clean-up. */
export const printBadge = defineWorkflow("printBadge", {
  input: Visitor,
  output: Schema.Void,
  error: NotExpected,
  run: (visitor) => Effect.andThen(reservePrinter(visitor), Effect.ensuring(print(visitor), releasePrinter(visitor)))
})
