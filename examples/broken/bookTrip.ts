import { compensateWith, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Trip = Schema.Struct({ traveller: Schema.String, city: Schema.String })
const Booking = Schema.Struct({ reference: Schema.String })

class SoldOut extends Schema.TaggedError<SoldOut>()("SoldOut", { message: Schema.String }) {}

const book = { input: Trip, output: Booking, error: SoldOut, retry: { nonRetryable: ["SoldOut"] as const } }
const cancel = { input: Booking, output: Schema.Void, run: async () => {} }

const bookFlight = defineStep("bookFlight", { ...book, run: async () => ({ reference: "flight" }) })
const bookHotel = defineStep("bookHotel", { ...book, run: async () => ({ reference: "hotel" }) })
const bookCar = defineStep("bookCar", { ...book, run: async () => ({ reference: "car" }) })
const cancelFlight = defineStep("cancelFlight", cancel)
const cancelCar = defineStep("cancelCar", cancel)

/** What is booked is cancelled if the rest cannot be had. But for the hotel: nobody has thought of it. */
export const bookTrip = defineWorkflow("bookTrip", {
  input: Trip,
  output: Schema.Struct({ references: Schema.Array(Schema.String) }),
  error: SoldOut,
  run: Effect.fn(function* (trip: typeof Trip.Type) {
    const flight = yield* bookFlight(trip).pipe(compensateWith(cancelFlight))
    const hotel = yield* bookHotel(trip)
    const car = yield* bookCar(trip).pipe(compensateWith(cancelCar))
    return { references: [flight, hotel, car].map(({ reference }) => reference) }
  })
})
