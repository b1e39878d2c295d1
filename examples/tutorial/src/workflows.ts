import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Option, Schema } from "effect"

const Trip = Schema.Struct({ traveller: Schema.String, to: Schema.String })

// Steps do the work. What a step has answered is on record, and is not done again.
export const bookFlight = defineStep("bookFlight", {
  input: Trip,
  output: Schema.String,
  run: async ({ to, traveller }) => {
    console.log(`booking a flight to ${to} for ${traveller}`)
    return `flight to ${to}`
  }
})

export const bookHotel = defineStep("bookHotel", {
  input: Trip,
  output: Schema.String,
  run: async ({ to }) => {
    // Only to show what a crash does: no process can be ended more rudely.
    if (process.env.CRASH === "1") process.kill(process.pid, "SIGKILL")
    console.log(`booking a hotel in ${to}`)
    return `hotel in ${to}`
  }
})

export const confirmed = defineSignal("confirmed", Schema.Struct({ by: Schema.String }))

// The workflow says what is done in which order. It may take days; nothing runs while it waits.
export const bookTrip = defineWorkflow("bookTrip", {
  input: Trip,
  output: Schema.Struct({ booked: Schema.Array(Schema.String), confirmedBy: Schema.NullOr(Schema.String) }),
  run: Effect.fn(function* (trip) {
    const flight = yield* bookFlight(trip)
    const hotel = yield* bookHotel(trip)
    const answer = yield* confirmed.receive.pipe(Effect.timeoutOption("3 days"))
    return { booked: [flight, hotel], confirmedBy: Option.isSome(answer) ? answer.value.by : null }
  })
})

// What runs, here and on AWS.
export const workflows = [bookTrip]
export const steps = [bookFlight, bookHotel]
export const signals = [confirmed]
