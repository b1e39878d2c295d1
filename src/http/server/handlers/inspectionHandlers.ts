import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import {
  showComparison,
  showCost,
  showGenerations,
  showHistory,
  showTimeline,
  showTree,
  showValue,
  showWhy
} from "../../operations/inspection.ts"
import type { Limits } from "../limits.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const inspectionHandlers = (definitions: ApiDefinitions, tenants: Tenants, limits: Limits) => {
  const { respond } = responder(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "inspection", (handlers) =>
    handlers.handleAll({
      history: ({ params, query }) => respond(showHistory(query, definitions, params.id)),
      timeline: ({ params, query }) => respond(showTimeline(query, definitions, params.id)),
      why: ({ params, query }) => respond(showWhy(query, definitions, params.id)),
      compare: ({ params, query }) => respond(showComparison(query, definitions, params.id)),
      cost: ({ params }) => respond(showCost(params.id)),
      tree: ({ params }) => respond(showTree(definitions, params.id)),
      generations: ({ params }) => respond(showGenerations(params.id)),
      value: ({ params, query }) => respond(showValue(query, definitions, params.id))
    })
  )
}
