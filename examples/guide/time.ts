import { defineStep, defineWorkflow, nextCron, pollUntil, sleep, sleepUntil, sleepUntilCron } from "dynactor"
import { Cron, Effect, Schema } from "effect"

export const lookUpParcel = defineStep("lookUpParcel", {
  input: Schema.Struct({ parcel: Schema.String, looks: Schema.Int }),
  output: Schema.Struct({ isThere: Schema.Boolean, place: Schema.String }),
  run: async ({ looks }) => ({ isThere: looks >= 2, place: "Berlin" })
})

export const remind = defineStep("remind", {
  input: Schema.Struct({ parcel: Schema.String, text: Schema.String }),
  output: Schema.Null,
  run: async () => null
})

/** Each morning at 2:30 in Berlin; on the night without a 2:30, at 3:30. */
export const nightly = Cron.parseUnsafe("30 2 * * *", "Europe/Berlin")

export const followParcel = defineWorkflow("followParcel", {
  input: Schema.Struct({ parcel: Schema.String, collectBy: Schema.Date }),
  output: Schema.String,
  run: Effect.fn(function* ({ collectBy, parcel }) {
    // Every half an hour, for three days at most. What a check answers goes to the next one.
    const { place } = yield* pollUntil((_state, checks) => lookUpParcel({ parcel, looks: checks }), {
      until: ({ isThere }) => isThere,
      every: "30 minutes",
      within: "3 days"
    }).pipe(Effect.catchTag("PollUsedUp", () => Effect.succeed({ place: "nowhere" })))
    yield* sleep("1 day", { name: "firstReminder" })
    yield* remind({ parcel, text: `It waits in ${place}` })
    // To the moment, or not at all if that has passed.
    yield* sleepUntil(collectBy)
    const at = yield* sleepUntilCron(nightly, { name: "night" })
    yield* remind({ parcel, text: "It goes back" })
    return `${at.toISOString()}, and then ${nextCron(nightly, at).toISOString()}`
  })
})
