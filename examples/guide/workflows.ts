import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

const Parcel = Schema.Struct({ order: Schema.String, weightGrams: Schema.Int })
class TooHeavy extends Schema.TaggedError<TooHeavy>()("TooHeavy", { message: Schema.String }) {}

export const label = defineStep("label", {
  input: Parcel,
  output: Schema.String,
  run: async ({ order }) => `L-${order}`
})

/** Runs that were started with version 1 stay with it. */
export const packParcelOfOld = defineWorkflow("packParcel", {
  input: Parcel,
  output: Schema.String,
  error: TooHeavy,
  run: (parcel) => label(parcel)
})

export const packParcel = defineWorkflow("packParcel", {
  version: "2",
  input: Parcel,
  output: Schema.String,
  error: TooHeavy,
  run: Effect.fn(function* (parcel) {
    if (parcel.weightGrams > 30_000) return yield* new TooHeavy({ message: "30 kg are the most" })
    return yield* label(parcel)
  })
})

export const packOrder = defineWorkflow("packOrder", {
  input: Schema.Array(Parcel),
  output: Schema.Struct({ labels: Schema.Array(Schema.String), left: Schema.Int }),
  run: Effect.fn(function* (parcels) {
    const results = yield* Effect.forEach(
      parcels,
      (parcel, index) =>
        packParcel.childOrFail(parcel, { key: `${index}` }).pipe(
          Effect.catchTags({
            TooHeavy: () => Effect.succeed(undefined),
            // It died, was cancelled, or could not be started.
            ChildFailed: () => Effect.succeed(undefined)
          })
        ),
      { concurrency: 5 }
    )
    const labels = results.filter((one) => one !== undefined)
    return { labels, left: results.length - labels.length }
  })
})

/** A host is given every version that may still have runs; new runs get the one that the client names. */
export const workflows = [packParcelOfOld, packParcel, packOrder]
