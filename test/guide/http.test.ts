import { createHmac } from "node:crypto"
import { it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect } from "vitest"
import { sell, sellOne, server } from "../../examples/guide/http.ts"
import { ApiServer } from "../../src/http.ts"
import { makeApiClient } from "../../src/httpClient.ts"

const secrets = ConfigProvider.layer(
  ConfigProvider.fromUnknown({ STRIPE_SECRET: "of this month", STRIPE_SECRET_BEFORE: "of the last" })
)

it.live("the page on HTTP sells something over it, and is paid by a webhook", () =>
  Effect.gen(function* () {
    const { url } = Context.get(yield* Layer.build(server(0)), ApiServer)
    expect(yield* sellOne(url, "17")).toBe("parcel of 17")
    const api = yield* makeApiClient({ url })
    const id = "order/18"
    yield* api.runs.start({
      params: { name: sell.workflowName },
      payload: { runId: id, input: { order: "18", price: 7 } }
    })
    const body = JSON.stringify({
      id: "evt_1",
      type: "payment_intent.succeeded",
      data: { object: { metadata: { order: "18" }, payment: { amount: 7 } } }
    })
    const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
    const signature = createHmac("sha256", "of the last").update(`${seconds}.${body}`).digest("hex")
    const headers = { "stripe-signature": `t=${seconds},v1=${signature}` }
    const response = yield* Effect.promise(() => fetch(`${url}/webhooks/stripe`, { method: "POST", headers, body }))
    expect(response.status).toBe(202)
    const ended = yield* api.runs.wait({ params: { id }, query: { waitMs: 20_000 } })
    expect(ended).toMatchObject({ outcome: "succeeded", result: "parcel of 18" })
  }).pipe(Effect.provide(Layer.fresh(secrets)))
)
