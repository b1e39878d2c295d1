import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

/** Inside a run `Date.now()` is the run's own time. This is not: the function was taken hold of before there was any run. */
const now = Date.now

const Parcel = Schema.Struct({ id: Schema.String, grams: Schema.Int })

const pack = defineStep("pack", { input: Parcel, output: Schema.Void, run: async () => {} })
const sendByCourier = defineStep("sendByCourier", { input: Parcel, output: Schema.Void, run: async () => {} })
const sendOvernight = defineStep("sendOvernight", { input: Parcel, output: Schema.Void, run: async () => {} })

/** Before five in the afternoon a courier still comes today. */
export const dispatchParcel = defineWorkflow("dispatchParcel", {
  input: Parcel,
  output: Schema.Void,
  run: Effect.fn(function* (parcel: typeof Parcel.Type) {
    yield* pack(parcel)
    const hour = new Date(now()).getUTCHours()
    if (hour < 17) yield* sendByCourier(parcel)
    else yield* sendOvernight(parcel)
  })
})
