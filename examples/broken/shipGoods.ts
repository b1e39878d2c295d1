import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Goods = Schema.Struct({ order: Schema.String, customer: Schema.String })

const pack = defineStep("pack", { input: Goods, output: Schema.Void, run: async () => {} })
const handOver = defineStep("handOver", { input: Goods, output: Schema.Void, run: async () => {} })

const packGoods = defineWorkflow("packGoods", { input: Goods, output: Schema.Void, run: (goods) => pack(goods) })

/** Easy to find, by the day - until there are two orders in a day. */
export const shipGoods = defineWorkflow("shipGoods", {
  input: Goods,
  output: Schema.Void,
  run: Effect.fn(function* (goods: typeof Goods.Type) {
    const day = new Date().toISOString().slice(0, 10)
    yield* packGoods.child(goods, { runId: `packing-${day}` })
    yield* handOver(goods)
  })
})
