import * as Effect from "effect/Effect"
import type { Client } from "../../../client/client.ts"
import type { HttpApi } from "../../../http/client/httpClient.ts"
import type { LimitShown, LimitsPage } from "../../../http/definition/answers.ts"
import type { LimitsQuery } from "../../../http/definition/queries.ts"
import * as operations from "../../../http/operations/limits/limits.ts"

/** As the HTTP API shows them. */
export interface LimitOperations {
  readonly list: (query: typeof LimitsQuery.Type) => Effect.Effect<typeof LimitsPage.Type, unknown>
  readonly get: (place: string) => Effect.Effect<typeof LimitShown.Type, unknown>
}

/** By the operations of the HTTP API, on the store itself. */
export const storeLimits = (
  provide: <A, E>(effect: Effect.Effect<A, E, Client>) => Effect.Effect<A, unknown>
): LimitOperations => ({
  list: (query) => provide(Effect.map(operations.listLimits(query), ({ body }) => body)),
  get: (place) => provide(Effect.map(operations.showLimit(place), ({ body }) => body))
})

/** By an HTTP API. */
export const httpLimits = (
  ask: <A>(use: (api: HttpApi) => Effect.Effect<A, unknown>) => Effect.Effect<A, unknown>
): LimitOperations => ({
  list: (query) => ask((api) => api.limits.limits({ query })),
  get: (place) => ask((api) => api.limits.limit({ params: { id: place } }))
})
