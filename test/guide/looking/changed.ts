import { defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { charge, Rental, returned } from "../../../examples/guide/looking.ts"

/** After a change: the bike is unlocked first. */
export const unlock = defineStep("unlock", { input: Schema.String, output: Schema.Null, run: async () => null })

const rent = defineWorkflow("rent", {
  input: Rental,
  output: Schema.Int,
  run: Effect.fn(function* (rental) {
    yield* unlock(rental.bike)
    yield* charge(rental)
    return (yield* returned.receive).station
  })
})

export const workflows = [rent]
export const steps = [charge, unlock]
