import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { DynactorApi } from "../../definition/dynactorApi.ts"
import { Caller } from "../../definition/middleware.ts"
import type { ApiDefinitions } from "../../operations/definitions.ts"
import { countRuns, showDeadLetters, showDefinitions } from "../../operations/deployment.ts"
import { answerChanges, type OpenChanges } from "../changes/changeEvents.ts"
import type { Limits } from "../limits.ts"
import { responder } from "./respond.ts"
import type { Tenants } from "./tenants.ts"

export const systemHandlers = (
  definitions: ApiDefinitions,
  tenants: Tenants,
  limits: Limits,
  openedChanges: OpenChanges
) => {
  const { respond, respondOn } = responder(tenants, limits)
  return HttpApiBuilder.group(DynactorApi, "system", (handlers) =>
    handlers.handleAll({
      counts: () => respond(countRuns),
      definitions: () => respond(Effect.sync(() => showDefinitions(definitions))),
      changes: ({ headers }) =>
        Effect.flatMap(Caller, ({ tenant }) =>
          respondOn(answerChanges(openedChanges, tenant, headers["last-event-id"]))
        ),
      deadLetters: ({ query }) => respond(showDeadLetters(query))
    })
  )
}
