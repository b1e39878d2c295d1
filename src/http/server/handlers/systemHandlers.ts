import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import { countRuns, showDefinitions } from "../../operations/deployment.ts"
import type { Limits } from "../limits.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const systemHandlers = (definitions: ApiDefinitions, tenants: Tenants, limits: Limits) => {
  const { respond } = responder(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "system", (handlers) =>
    handlers.handleAll({
      counts: () => respond(countRuns),
      definitions: () => respond(Effect.sync(() => showDefinitions(definitions)))
    })
  )
}
