import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Client } from "../../client/client.ts"
import { findDeadLetters } from "../../inspection/deadLetters/findDeadLetters.ts"
import { definitionsOf } from "../../inspection/relations/definitionsOf.ts"
import type { DeadLettersQuery } from "../definition/queries.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

/** Counts of many runs are kept for a while, as pages ask for them again and again, and on DynamoDB each costs what it counts. */
export const countRuns = Effect.gen(function* () {
  const client = yield* Client
  const at = yield* Clock.currentTimeMillis
  const before = kept.get(client)
  if (before !== undefined && at < before.at + keptMs) return { status: 200, body: before } satisfies ApiResponse
  const counts = yield* client.counts()
  const body = { counts, at }
  const total = Object.values(counts).reduce((sum, { count }) => sum + count, 0)
  if (total >= manyRuns) kept.set(client, body)
  return { status: 200, body } satisfies ApiResponse
})

const kept = new WeakMap<Client["Service"], { readonly counts: object; readonly at: number }>()
const keptMs = 10_000
/** Below it a count is a read of a few kilobytes. */
const manyRuns = 200

export const showDeadLetters = (query: typeof DeadLettersQuery.Type) =>
  Effect.map(findDeadLetters(query), (body) => ({ status: 200, body }) satisfies ApiResponse)

export const showDefinitions = (definitions: ApiDefinitions): ApiResponse => ({
  status: 200,
  body: {
    workflows: definitionsOf(definitions.workflows),
    signals: definitions.signals?.map(({ name }) => name) ?? null,
    states: definitions.states?.map(({ stateName }) => stateName) ?? null,
    updates: definitions.updates?.map(({ updateName }) => updateName) ?? null,
    callbacks: definitions.callbacks?.map(({ callbackName }) => callbackName) ?? null,
    streams: definitions.streams?.map(({ streamName }) => streamName) ?? null,
    webhooks: definitions.webhooks?.map(({ webhookName }) => webhookName) ?? []
  }
})
