import { compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

const Rental = Schema.Struct({ customer: Schema.String, bike: Schema.String, depositCents: Schema.Int })
type Rental = typeof Rental.Type

class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}

export const takeDeposit = defineStep("takeDeposit", {
  input: Rental,
  output: Schema.Struct({ depositId: Schema.String }),
  error: Declined,
  retry: { nonRetryable: ["Declined"] },
  run: async (rental, { idempotencyKey }) => ({ depositId: `${rental.customer}/${idempotencyKey}` })
})

/** Once for a `depositId`, however often it is asked to: who cancels while it is under way has it asked again. */
export const returnDeposit = defineStep("returnDeposit", {
  input: Schema.Struct({ depositId: Schema.String }),
  output: Schema.Void,
  run: async () => {}
})

export const unlockBike = defineStep("unlockBike", { input: Rental, output: Schema.Void, run: async () => {} })
export const callCustomer = defineStep("callCustomer", { input: Rental, output: Schema.Void, run: async () => {} })

export const returned = defineSignal("returned", Schema.Struct({ station: Schema.String }))

/** The deposit is returned with the bike, or at once if the rental comes to nothing. */
export const rentBike = defineWorkflow("rentBike", {
  input: Rental,
  output: Schema.Struct({ station: Schema.String }),
  error: Declined,
  run: Effect.fn(function* (rental: Rental) {
    const deposit = yield* takeDeposit(rental).pipe(compensateWith(returnDeposit))
    yield* unlockBike(rental)
    const inTime = yield* returned.receive.pipe(Effect.timeoutOption("1 day"))
    if (inTime._tag === "None") yield* callCustomer(rental)
    const { station } = inTime._tag === "Some" ? inTime.value : yield* returned.receive
    yield* returnDeposit(deposit)
    return { station }
  })
})
