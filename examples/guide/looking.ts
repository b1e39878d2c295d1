import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

export const Rental = Schema.Struct({ bike: Schema.String, card: Schema.Redacted(Schema.String) })

export const charge = defineStep("charge", {
  input: Rental,
  output: Schema.Struct({ receipt: Schema.String }),
  run: async ({ bike }) => ({ receipt: `receipt for ${bike}` })
})

export const returned = defineSignal("returned", Schema.Struct({ station: Schema.Int }))

export const rent = defineWorkflow("rent", {
  input: Rental,
  output: Schema.Int,
  run: Effect.fn(function* (rental) {
    yield* charge(rental)
    const { station } = yield* returned.receive
    return station
  })
})

export const workflows = [rent]
export const steps = [charge]
export const signals = [returned]
