import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import { actOnMany } from "../../operations/many/many.ts"
import { forkRun, resetRun, retryRun } from "../../operations/repairs/repairs.ts"
import {
  cancelRun,
  deleteRun,
  getRun,
  listRuns,
  pauseRun,
  resumeRun,
  terminateRun,
  waitForRun
} from "../../operations/runs.ts"
import { sendSignal } from "../../operations/signals.ts"
import { startRun } from "../../operations/start.ts"
import { answerState } from "../../operations/states.ts"
import { answerStream } from "../../operations/streams.ts"
import { answerUpdate } from "../../operations/updates.ts"
import type { Limits } from "../limits.ts"
import { openEvents } from "./openEvents.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const runsHandlers = (definitions: ApiDefinitions, tenants: Tenants, limits: Limits) => {
  const { respond, respondLater, respondOn } = responder(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "runs", (handlers) =>
    handlers.handleAll({
      start: ({ params, payload }) => respond(startRun(payload, definitions, params.name)),
      list: ({ query }) => respond(listRuns(query)),
      get: ({ params, query }) => respond(getRun(query, params.id)),
      wait: ({ params, query }) => respondLater(query.waitMs ?? 10_000, waitForRun(query, params.id)),
      state: ({ params, query }) =>
        respondLater(query.waitMs ?? 0, answerState(query, definitions, params.id, params.name)),
      stream: ({ params, query }) =>
        respondLater(query.waitMs ?? 0, answerStream(query, definitions, params.id, params.name)),
      events: ({ params, query, headers }) =>
        respondOn(
          openEvents({ ...query, lastEventId: headers["last-event-id"] }, definitions.streams, params.id, params.name)
        ),
      signal: ({ params, payload }) => respond(sendSignal(payload, definitions, params.id, params.name)),
      update: ({ params, payload }) =>
        respondLater(payload.waitMs ?? 10_000, answerUpdate(payload, definitions.updates, params.id, params.name)),
      cancel: ({ params, payload }) => respond(cancelRun(payload, params.id)),
      terminate: ({ params, payload }) => respond(terminateRun(payload, params.id)),
      pause: ({ params, payload }) => respond(pauseRun(payload, params.id)),
      resume: ({ params, payload }) => respond(resumeRun(payload, params.id)),
      retry: ({ params, payload }) => respond(retryRun(payload, definitions, params.id)),
      reset: ({ params, payload }) => respond(resetRun(payload, definitions, params.id)),
      fork: ({ params, payload }) => respond(forkRun(payload, definitions, params.id)),
      delete: ({ params, payload }) => respond(deleteRun(payload, params.id)),
      many: ({ payload }) => respond(actOnMany(payload, definitions))
    })
  )
}
