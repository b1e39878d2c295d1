import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Option, Schema } from "effect"

export const sendMail = defineStep("sendMail", {
  input: Schema.Struct({ to: Schema.String, template: Schema.String }),
  output: Schema.Void,
  retry: { attempts: 4 },
  run: async () => {}
})

export const firstOrder = defineSignal("firstOrder", Schema.Struct({ cents: Schema.Int }))

/** Started by your own code, with the account's id in the run id: once for each account. */
export const onboard = defineWorkflow("onboard", {
  input: Schema.Struct({ email: Schema.String }),
  output: Schema.String,
  run: Effect.fn(function* ({ email }) {
    yield* sendMail({ to: email, template: "welcome" })
    yield* Effect.sleep("1 day")
    const ordered = yield* firstOrder.receive.pipe(Effect.timeoutOption("3 days"))
    if (Option.isSome(ordered)) return "a customer"
    yield* sendMail({ to: email, template: "nudge" })
    return "nudged"
  })
})
