import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { readToken } from "../../../store/callbacks/callbackToken.ts"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import { beatCallback, completeCallback, failCallback } from "../../operations/callbacks.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import type { ApiResponse } from "../../operations/response.ts"
import type { Limits } from "../limits.ts"
import { type Failure, respondWith, withServices } from "./respond.ts"
import type { TenantServices, Tenants } from "./tenants.ts"

/** A token is good for one tenant, and says nothing of which: whose keys have signed it tells. */
const responderFor = (tenants: Tenants, limits: Limits) => {
  const all = tenants.names.flatMap((name) => tenants.servicesOf(name) ?? [])
  return <E extends Failure, R extends TenantServices>(token: string, operation: Effect.Effect<ApiResponse, E, R>) =>
    respondWith(
      Effect.gen(function* () {
        const [last] = all.slice(-1)
        for (const services of all.slice(0, -1)) {
          const verdict = yield* withServices(readToken(token), services)
          if (verdict._tag === "Valid") return yield* withServices(operation, services)
        }
        return last === undefined
          ? yield* Effect.die(new Error("this server is for no tenant at all"))
          : yield* withServices(operation, last)
      }),
      limits.requestTimeoutMs
    )
}

export const callbacksHandlers = (definitions: ApiDefinitions, tenants: Tenants, limits: Limits) => {
  const respond = responderFor(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "callbacks", (handlers) =>
    handlers.handleAll({
      callback: ({ params: { token }, query, payload }) =>
        respond(token, completeCallback({ ...query, payload }, definitions.callbacks, token)),
      complete: ({ params: { token }, payload }) =>
        respond(token, completeCallback(payload, definitions.callbacks, token)),
      fail: ({ params: { token }, payload }) => respond(token, failCallback(payload, definitions.callbacks, token)),
      heartbeat: ({ params: { token } }) => respond(token, beatCallback(token))
    })
  )
}
