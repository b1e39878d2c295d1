import * as Effect from "effect/Effect"
import type { Json } from "../../actor/values/json.ts"
import type { Client } from "../../client/client.ts"
import type { HttpApi } from "../../http/client/httpClient.ts"
import type { BackfillBody, PauseBody, ScheduleBody, TriggerBody } from "../../http/definition/bodies.ts"
import type { ApiDefinitions } from "../../http/operations/definitions.ts"
import * as operations from "../../http/operations/schedules/schedules.ts"
import type { Definitions } from "../entry/definitions.ts"
import { workflowNamed } from "./named.ts"

/** What can be told to a schedule: the name of the action, and what the HTTP API takes with it. */
export type ScheduleAction =
  | { readonly action: "pause"; readonly body: typeof PauseBody.Type }
  | { readonly action: "resume"; readonly body: object }
  | { readonly action: "trigger"; readonly body: typeof TriggerBody.Type }
  | { readonly action: "backfill"; readonly body: typeof BackfillBody.Type }
  | { readonly action: "remove"; readonly body: object }
  | { readonly action: "create"; readonly body: typeof ScheduleBody.Type }

export interface ScheduleOperations {
  readonly list: (query: {
    readonly limit?: number
    readonly cursor?: string
  }) => Effect.Effect<{ readonly schedules: ReadonlyArray<string>; readonly cursor?: string }, unknown>
  /** As the HTTP API shows it. */
  readonly get: (name: string) => Effect.Effect<any, unknown>
  readonly tell: (name: string, action: ScheduleAction) => Effect.Effect<Json, unknown>
}

/** By the operations of the HTTP API, on the store itself. */
export const storeSchedules = (
  definitions: Effect.Effect<Definitions | undefined, unknown>,
  provide: <A, E>(effect: Effect.Effect<A, E, Client>) => Effect.Effect<A, unknown>
): ScheduleOperations => ({
  list: (query) => provide(Effect.map(operations.listSchedules(query), bodyOf)),
  get: (name) => provide(Effect.map(operations.showSchedule(name), bodyOf)),
  tell: (name, action) =>
    provide(
      Effect.map(
        Effect.flatMap(definitions, (known) => tellStore(known, name, action)),
        bodyOf
      )
    )
})

const bodyOf = ({ body }: { readonly body?: unknown }): any => body

const tellStore = (definitions: Definitions | undefined, name: string, told: ScheduleAction) => {
  switch (told.action) {
    case "pause":
      return operations.pauseSchedule(told.body, name)
    case "resume":
      return operations.resumeSchedule(name)
    case "trigger":
      return operations.triggerSchedule(told.body, name)
    case "backfill":
      return operations.backfillSchedule(told.body, name)
    case "remove":
      return operations.removeSchedule(name)
    case "create":
      return Effect.flatMap(workflowNamed(definitions, told.body.workflow, told.body.version, "1"), (workflow) =>
        operations.ensureSchedule(told.body, { workflows: [workflow] } satisfies ApiDefinitions, name)
      )
  }
}

/** By an HTTP API. */
export const httpSchedules = (
  ask: <A>(use: (api: HttpApi) => Effect.Effect<A, unknown>) => Effect.Effect<A, unknown>
): ScheduleOperations => ({
  list: (query) => ask((api) => api.schedules.schedules({ query })) as Effect.Effect<any, unknown>,
  get: (name) => ask((api) => api.schedules.schedule({ params: { name } })),
  tell: (name, told) => ask((api) => tellApi(api, name, told))
})

const tellApi = (api: HttpApi, name: string, told: ScheduleAction): Effect.Effect<Json, unknown> => {
  const params = { name }
  switch (told.action) {
    case "pause":
      return api.schedules.pauseSchedule({ params, payload: told.body })
    case "resume":
      return api.schedules.resumeSchedule({ params, payload: {} })
    case "trigger":
      return api.schedules.triggerSchedule({ params, payload: told.body })
    case "backfill":
      return api.schedules.backfillSchedule({ params, payload: told.body })
    case "remove":
      return api.schedules.removeSchedule({ params, payload: {} })
    case "create":
      return api.schedules.ensureSchedule({ params, payload: told.body })
  }
}
