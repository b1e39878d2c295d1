import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import { showHistory, showTimeline, showValue } from "../../operations/inspection.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const inspectionHandlers = (definitions: ApiDefinitions, tenants: Tenants) => {
  const { respond } = responder(tenants)
  return HttpApiBuilder.group(DynactorApi, "inspection", (handlers) =>
    handlers.handleAll({
      history: ({ params, query }) => respond(showHistory(query, definitions, params.id)),
      timeline: ({ params, query }) => respond(showTimeline(query, definitions, params.id)),
      value: ({ params, query }) => respond(showValue(query, definitions, params.id))
    })
  )
}
