import { callback, defineCallback, defineStep, defineWorkflow, waitForCallback } from "dynactor"
import { Effect, Schema } from "effect"

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}
const Invoice = Schema.Struct({ id: Schema.String, cents: Schema.Int, manager: Schema.String })

/** Named, so that who answers can be typed as well. */
export const approval = defineCallback("approval", {
  payload: Schema.Struct({ by: Schema.String }),
  error: Refused,
  timeout: "3 days"
})

export const askManager = defineStep("askManager", {
  input: Schema.Struct({ invoice: Invoice, token: Schema.String }),
  output: Schema.Null,
  // Sends a mail with two links to a page of yours, which calls completeCallback or failCallback with the token.
  run: async () => null
})

export const startTransfer = defineStep("startTransfer", {
  input: Schema.Struct({ invoice: Invoice, answerTo: Schema.String }),
  output: Schema.Null,
  // Tells the bank where to post the receipt, which may take hours.
  run: async () => null
})

export const pay = defineWorkflow("pay", {
  input: Invoice,
  output: Schema.Struct({ by: Schema.String, receipt: Schema.String }),
  error: Refused,
  run: Effect.fn(function* (invoice) {
    // It is there from here on, whoever waits for it and when.
    const { receive, token } = yield* callback(approval)
    yield* askManager({ invoice, token })
    const { by } = yield* receive.pipe(
      Effect.catchTag("CallbackTimedOut", () => Effect.fail(new Refused({ why: "nobody has answered for three days" })))
    )
    // The three in one: make it, hand it out, wait.
    const receipt = yield* waitForCallback(
      "transfer",
      ({ token, url = token }) => startTransfer({ invoice, answerTo: url }),
      { payload: Schema.String, heartbeat: "1 hour" }
    ).pipe(Effect.catchTag("CallbackHeartbeatMissed", () => Effect.fail(new Refused({ why: "the bank is silent" }))))
    return { by, receipt }
  })
})
