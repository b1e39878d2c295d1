import * as Effect from "effect/Effect"
import { Client } from "../../../client/client.ts"
import type { LimitDescription } from "../../../client/limits/limitClient.ts"
import type { LimitsQuery } from "../../definition/queries.ts"
import type { ApiResponse } from "../response.ts"

const limitsOf = Effect.map(Client, ({ limits }) => limits)

export const listLimits = Effect.fnUntraced(function* (query: typeof LimitsQuery.Type) {
  const { limits, ...rest } = yield* (yield* limitsOf).list(query)
  return { status: 200, body: { limits: limits.map(shown), ...rest } } satisfies ApiResponse
})

export const showLimit = Effect.fnUntraced(function* (place: string) {
  return { status: 200, body: shown(yield* (yield* limitsOf).at(place)) } satisfies ApiResponse
})

const shown = ({ heldBackUntil, waitingSince, ...rest }: LimitDescription) => ({
  ...rest,
  ...(waitingSince === undefined ? {} : { waitingSince: waitingSince.getTime() }),
  ...(heldBackUntil === undefined ? {} : { heldBackUntil: heldBackUntil.getTime() })
})
