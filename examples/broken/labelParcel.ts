import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

/** When this process has begun. The next one begins later. */
const bootedAt = Date.now()

const Parcel = Schema.Struct({ id: Schema.String, grams: Schema.Int })
const Label = Schema.Struct({ parcel: Schema.String, batch: Schema.Number })

const printLabel = defineStep("printLabel", { input: Label, output: Schema.Void, run: async () => {} })

/** Parcels of one morning have labels of one batch. */
export const labelParcel = defineWorkflow("labelParcel", {
  input: Parcel,
  output: Schema.Void,
  run: Effect.fn(function* (parcel: typeof Parcel.Type) {
    yield* printLabel({ parcel: parcel.id, batch: bootedAt })
  })
})
