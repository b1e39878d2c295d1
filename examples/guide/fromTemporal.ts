import { defineSignal, defineState, defineStep, defineWorkflow } from "dynactor"
import { Effect, Option, Schema } from "effect"

export const charge = defineStep("charge", {
  input: Schema.Struct({ order: Schema.String }),
  output: Schema.String,
  startToClose: "1 minute",
  retry: { attempts: 5 },
  run: async ({ order }, { idempotencyKey }) => `${order}/${idempotencyKey}`
})

export const approved = defineSignal("approved", Schema.Boolean)
export const phase = defineState("phase", Schema.String)

export const order = defineWorkflow("order", {
  input: Schema.Struct({ order: Schema.String }),
  output: Schema.String,
  run: Effect.fn(function* (input) {
    yield* phase.set("waiting")
    const answer = yield* approved.receive.pipe(Effect.timeoutOption("3 days"))
    if (!Option.getOrElse(answer, () => false)) return "refused"
    yield* phase.set("charging")
    yield* charge(input)
    return "charged"
  })
})
