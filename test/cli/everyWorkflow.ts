import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { holding, release } from "../limits/parts.ts"
import * as told from "./workflows.ts"

/** An entry with what each command is about. */

export { callbacks, states, streams, updates } from "./workflows.ts"

export class Closed extends Schema.TaggedError<Closed>()("Closed", {}) {}

const shop = { isOpen: false }

export const openShop = (isOpen: boolean): void => {
  shop.isOpen = isOpen
}

const wrap = defineStep("wrap", {
  input: Schema.String,
  output: Schema.String,
  run: (item) => Effect.succeed(`${item} wrapped`)
})

const deliver = defineStep("deliver", {
  input: Schema.String,
  output: Schema.String,
  error: Closed,
  retry: { attempts: 1 },
  run: (item) => (shop.isOpen ? Effect.succeed(`${item}, delivered`) : Effect.fail(new Closed()))
})

/** Fails at its second step for as long as the shop is closed. */
const gift = defineWorkflow("gift", {
  input: Schema.String,
  output: Schema.String,
  error: Closed,
  run: Effect.fn(function* (item) {
    return yield* deliver(yield* wrap(item))
  })
})

export const workflows = [...told.workflows, gift, holding]
export const steps = [...told.steps, wrap, deliver]
export const signals = [...told.signals, release]
