import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineStep, defineWorkflow } from "../../src/index.ts"

/** An entry whose second step fails for as long as it is told to. */

export class Declined extends Schema.TaggedError<Declined>()("Declined", {}) {}

const bank = { isBack: false }

export const bankIsBack = (isBack: boolean): void => {
  bank.isBack = isBack
}

export const reserve = defineStep("reserve", {
  input: Schema.String,
  output: Schema.String,
  run: (item) => Effect.succeed(`${item} reserved`)
})

export const charge = defineStep("charge", {
  input: Schema.String,
  output: Schema.String,
  error: Declined,
  retry: { attempts: 1 },
  run: (item) => (bank.isBack ? Effect.succeed(`${item}, charged`) : Effect.fail(new Declined()))
})

export const purchase = defineWorkflow("purchase", {
  input: Schema.String,
  output: Schema.String,
  error: Declined,
  run: Effect.fn(function* (item) {
    return yield* charge(yield* reserve(item))
  })
})

export const workflows = [purchase]
export const steps = [reserve, charge]
