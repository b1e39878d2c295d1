import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import { findWebhook, takeDelivery } from "../../operations/webhooks.ts"
import type { Limits } from "../limits.ts"
import { respondWith, withServices } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const webhooksHandlers = (definitions: ApiDefinitions, tenants: Tenants, limits: Limits) =>
  HttpApiBuilder.group(DynactorApi, "webhooks", (handlers) =>
    handlers.handleRaw("webhook", ({ params: { name }, request }) =>
      respondWith(
        Effect.gen(function* () {
          const webhook = yield* findWebhook(definitions.webhooks, name)
          const { tenant = "" } = webhook
          const services = tenants.servicesOf(tenant)
          if (services === undefined)
            return yield* Effect.die(
              new Error(`webhook ${name} is of tenant ${JSON.stringify(tenant)}, and this server has none of that name`)
            )
          const text = yield* Effect.orDie(request.text)
          const query = Object.fromEntries(new URL(request.url, "http://localhost").searchParams)
          const taken = takeDelivery(webhook, { text, headers: request.headers, query }, definitions)
          return yield* withServices(taken, services)
        }),
        limits.requestTimeoutMs
      )
    )
  )
