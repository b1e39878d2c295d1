import { defineStep, defineWorkflow, waitForCallback } from "dynactor"
import { Effect, Schema } from "effect"

const Order = Schema.Struct({ id: Schema.String, items: Schema.Array(Schema.String) })
export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { item: Schema.String }) {}

export const reserveItem = defineStep("reserveItem", {
  input: Schema.String,
  output: Schema.String,
  error: OutOfStock,
  retry: { attempts: 3, initial: "2 seconds", factor: 2, nonRetryable: ["OutOfStock"] },
  run: (item) => (item === "nothing" ? Effect.fail(new OutOfStock({ item })) : Effect.succeed(`r-${item}`))
})

export const askShop = defineStep("askShop", {
  input: Schema.Struct({ id: Schema.String, token: Schema.String }),
  output: Schema.Void,
  run: async () => {}
})

export const handleOrder = defineWorkflow("handleOrder", {
  input: Order,
  output: Schema.String,
  run: Effect.fn(function* ({ id, items }) {
    const reserved = yield* Effect.forEach(items, (item) => reserveItem(item), { concurrency: 10 }).pipe(
      Effect.catchTag("OutOfStock", () => Effect.succeed([]))
    )
    if (reserved.length === 0) return "out of stock"
    yield* Effect.sleep("1 hour")
    return yield* waitForCallback("shop", ({ token }) => askShop({ id, token }), {
      payload: Schema.String,
      timeout: "1 day"
    }).pipe(Effect.catchTag("CallbackTimedOut", () => Effect.succeed("no answer")))
  })
})
