import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}
class Busy extends Schema.TaggedError<Busy>()("Busy", { message: Schema.String }) {}

/** Five executions at most, a second apart, then two, four and eight; a card that is declined is not tried again. */
export const charge = defineStep("charge", {
  input: Schema.Struct({ order: Schema.String, cents: Schema.Int }),
  output: Schema.Struct({ receipt: Schema.String }),
  error: Schema.Union([Declined, Busy]),
  retry: { attempts: 5, initial: "1 second", factor: 2, max: "1 minute", jitter: 0.5, nonRetryable: ["Declined"] },
  timeout: "30 seconds",
  run: async ({ order }, { idempotencyKey, attempt, signal }) => {
    signal.throwIfAborted()
    if (attempt === 1 && order === "busy") throw new Busy({ message: "ask again" })
    if (order === "poor") throw new Declined({ message: "no money" })
    return { receipt: idempotencyKey }
  }
})

/** Quick, and nothing of the world is changed by it: inside the turn it costs half. */
export const priceOf = defineStep("priceOf", {
  input: Schema.String,
  output: Schema.Int,
  inline: true,
  run: async (item) => item.length * 100
})

export const remind = defineStep("remind", {
  input: Schema.String,
  output: Schema.Void,
  retry: { attempts: 1 },
  run: async (customer) => {
    if (customer === "") throw new Error("nobody to remind")
  }
})

export const buy = defineWorkflow("buy", {
  input: Schema.Struct({ order: Schema.String, customer: Schema.String, items: Schema.Array(Schema.String) }),
  output: Schema.Struct({ receipt: Schema.String, reminded: Schema.Boolean }),
  error: Schema.Union([Declined, Busy]),
  run: Effect.fn(function* ({ order, customer, items }) {
    const prices = yield* Effect.forEach(items, (item) => priceOf(item, { key: item }), { concurrency: 10 })
    const cents = prices.reduce((sum, price) => sum + price, 0)
    const { receipt } = yield* charge({ order, cents })
    // Not worth failing for: the runtime's failures as a value, where they would end the run as a defect.
    const reminded = yield* remind.orFail(customer).pipe(
      Effect.as(true),
      Effect.catchTag("StepFailed", () => Effect.succeed(false))
    )
    return { receipt, reminded }
  })
})
