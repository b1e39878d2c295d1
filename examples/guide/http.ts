import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { hostLayer } from "dynactor/host"
import { apiServerLayer, defineWebhook, stripeScheme } from "dynactor/http"
import { makeApiClient } from "dynactor/http-client"
import { sqliteStore } from "dynactor/sqlite"
import { Config, Effect, Layer, Schema } from "effect"

export const paid = defineSignal("paid", Schema.Struct({ amount: Schema.Int }))

export const ship = defineStep("ship", {
  input: Schema.String,
  output: Schema.String,
  run: async (order) => `parcel of ${order}`
})

export const sell = defineWorkflow("sell", {
  input: Schema.Struct({ order: Schema.String, price: Schema.Int }),
  output: Schema.String,
  run: Effect.fn(function* ({ order, price }) {
    for (let open = price; open > 0; ) open -= (yield* paid.receive).amount
    return yield* ship(order)
  })
})

/** `POST /webhooks/stripe`: a payment becomes a signal of the run of its order. */
export const stripe = defineWebhook("stripe", {
  scheme: stripeScheme,
  // Both are good while one follows the other.
  secrets: Config.all([Config.Redacted("STRIPE_SECRET"), Config.Redacted("STRIPE_SECRET_BEFORE")]),
  to: {
    where: { "{body.type}": "payment_intent.succeeded" },
    runId: "order/{body.data.object.metadata.order}",
    signal: paid,
    payload: "data.object.payment"
  }
})

const definitions = { workflows: [sell], steps: [ship], signals: [paid], webhooks: [stripe] }

/** A host, and the API beside it: on this machine alone, as it asks nobody who they are. */
export const server = (port: number) =>
  apiServerLayer({ ...definitions, port }).pipe(
    Layer.merge(hostLayer(definitions)),
    Layer.provide(sqliteStore({ filename: ":memory:" }))
  )

/** From anywhere, a browser as well: typed, and without a store. */
export const sellOne = Effect.fn(function* (url: string, order: string) {
  const api = yield* makeApiClient({ url })
  const id = `order/${order}`
  yield* api.runs.start({ params: { name: "sell" }, payload: { runId: id, input: { order, price: 5 } } })
  yield* api.runs.signal({ params: { id, name: "paid" }, payload: { payload: { amount: 5 }, id: "cash" } })
  const ended = yield* api.runs.wait({ params: { id }, query: { waitMs: 20_000 } })
  return "outcome" in ended ? ended.result : "not yet"
})
