import { Client, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

const Subscription = Schema.Struct({ customer: Schema.String, plan: Schema.Literals(["monthly", "yearly"]) })
export type Subscription = typeof Subscription.Type

/** The provider is told by whom it is asked: an execution that comes twice charges once. */
export const charge = defineStep("charge", {
  input: Subscription,
  output: Schema.String,
  run: async ({ plan }, { idempotencyKey }) => `${plan} by ${idempotencyKey}`
})

export const subscribe = defineWorkflow("subscribe", {
  input: Subscription,
  output: Schema.String,
  run: (subscription) => charge(subscription)
})

/**
 * What a webhook does, which its provider calls again until it has heard of a success. The delivery's own id is the run's: the first call starts it, the
 * others find it, and all of them get the one outcome. The same id for something else is a mistake of the caller's, and told.
 */
export const onDelivery = Effect.fn(function* (delivery: { readonly id: string; readonly subscription: Subscription }) {
  const client = yield* Client
  const started = yield* client.start(subscribe, { runId: `delivery-${delivery.id}`, input: delivery.subscription })
  const receipt = yield* client.wait(subscribe, started.runId)
  return { receipt, wasFirst: started.isNew }
})
