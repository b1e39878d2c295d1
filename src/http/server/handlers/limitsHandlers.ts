import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import * as operations from "../../operations/limits/limits.ts"
import type { Limits } from "../limits.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const limitsHandlers = (tenants: Tenants, limits: Limits) => {
  const { respond } = responder(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "limits", (handlers) =>
    handlers.handleAll({
      limits: ({ query }) => respond(operations.listLimits(query)),
      limit: ({ params }) => respond(operations.showLimit(params.id))
    })
  )
}
