import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import * as operations from "../../operations/schedules/schedules.ts"
import type { Limits } from "../limits.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const schedulesHandlers = (definitions: ApiDefinitions, tenants: Tenants, limits: Limits) => {
  const { respond } = responder(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "schedules", (handlers) =>
    handlers.handleAll({
      schedules: ({ query }) => respond(operations.listSchedules(query)),
      schedule: ({ params }) => respond(operations.showSchedule(params.name)),
      ensureSchedule: ({ params, payload }) => respond(operations.ensureSchedule(payload, definitions, params.name)),
      pauseSchedule: ({ params, payload }) => respond(operations.pauseSchedule(payload, params.name)),
      resumeSchedule: ({ params }) => respond(operations.resumeSchedule(params.name)),
      triggerSchedule: ({ params, payload }) => respond(operations.triggerSchedule(payload, params.name)),
      backfillSchedule: ({ params, payload }) => respond(operations.backfillSchedule(payload, params.name)),
      removeSchedule: ({ params }) => respond(operations.removeSchedule(params.name))
    })
  )
}
