import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { runStatuses } from "../../actor/history/head.ts"
import { Client } from "../../client/client.ts"
import { findDeadLetters } from "../../inspection/deadLetters/findDeadLetters.ts"
import { definitionsOf } from "../../inspection/relations/definitionsOf.ts"
import type { DeadLettersQuery } from "../definition/queries.ts"
import { BadRequest } from "../errors.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

/** One page of the listing for each status: beyond it nobody counts. Counts of many runs are kept for a while, as pages ask for them again and again. */
export const countRuns = Effect.gen(function* () {
  const client = yield* Client
  const at = yield* Clock.currentTimeMillis
  const before = kept.get(client)
  if (before !== undefined && at < before.at + keptMs) return { status: 200, body: before } satisfies ApiResponse
  const counted = yield* Effect.forEach(
    runStatuses,
    (status) =>
      Effect.map(client.list({ status, limit: mostCounted }), ({ runs, cursor }) => {
        return [status, { count: runs.length, isMore: cursor !== undefined }] as const
      }),
    { concurrency: "unbounded" }
  )
  const body = { counts: Object.fromEntries(counted), at }
  if (counted.reduce((total, [, { count }]) => total + count, 0) >= manyRuns) kept.set(client, body)
  return { status: 200, body } satisfies ApiResponse
})

const mostCounted = 1_000

const kept = new WeakMap<Client["Service"], { readonly counts: object; readonly at: number }>()
const keptMs = 10_000
/** Below it a count is a read of a few kilobytes. */
const manyRuns = 200

/** A cursor that no listing gave out is a mistake of whoever asks. */
export const showDeadLetters = (query: typeof DeadLettersQuery.Type) =>
  Effect.map(findDeadLetters(query), (body) => ({ status: 200, body }) satisfies ApiResponse).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof RangeError ? Effect.fail(new BadRequest({ message: defect.message })) : Effect.die(defect)
    )
  )

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
