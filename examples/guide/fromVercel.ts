import { callback, defineStep, defineStream, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

export class NoAddress extends Schema.TaggedError<NoAddress>()("NoAddress", {}) {}
export const progress = defineStream("progress", Schema.String)

export const sendMail = defineStep("sendMail", {
  input: Schema.Struct({ to: Schema.String, text: Schema.String }),
  output: Schema.Void,
  error: NoAddress,
  retry: { attempts: 4, nonRetryable: ["NoAddress"] },
  run: ({ to }) => (to === "" ? Effect.fail(new NoAddress()) : Effect.void)
})

export const signUp = defineWorkflow("signUp", {
  input: Schema.Struct({ email: Schema.String }),
  output: Schema.Boolean,
  error: NoAddress,
  run: Effect.fn(function* ({ email }) {
    const { receive, token } = yield* callback("verified", { payload: Schema.Boolean })
    yield* sendMail({ to: email, text: `verify: ${token}` })
    yield* progress.emit("asked")
    const isVerified = yield* receive
    yield* Effect.sleep("3 days")
    yield* sendMail({ to: email, text: "how do you like it?" })
    return isVerified
  })
})
