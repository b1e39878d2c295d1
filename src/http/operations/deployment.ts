import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { runStatuses } from "../../actor/history/head.ts"
import { Client } from "../../client/client.ts"
import type { WorkflowInfo } from "../../inspection/shapes/definition.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

/** One page of the listing for each status: beyond it nobody counts. */
export const countRuns = Effect.gen(function* () {
  const client = yield* Client
  const at = yield* Clock.currentTimeMillis
  const counted = yield* Effect.forEach(
    runStatuses,
    (status) =>
      Effect.map(client.list({ status, limit: mostCounted }), ({ runs, cursor }) => {
        return [status, { count: runs.length, isMore: cursor !== undefined }] as const
      }),
    { concurrency: "unbounded" }
  )
  return { status: 200, body: { counts: Object.fromEntries(counted), at } } satisfies ApiResponse
})

const mostCounted = 1_000

/** `describe`: with the schemas of workflows, where there is room for what writes them down. */
export const showDefinitions = (
  definitions: ApiDefinitions,
  describe: (workflows: ApiDefinitions["workflows"]) => ReadonlyArray<WorkflowInfo> = namesOf
): ApiResponse => ({
  status: 200,
  body: {
    workflows: describe(definitions.workflows),
    signals: definitions.signals?.map(({ name }) => name) ?? null,
    states: definitions.states?.map(({ stateName }) => stateName) ?? null,
    updates: definitions.updates?.map(({ updateName }) => updateName) ?? null,
    callbacks: definitions.callbacks?.map(({ callbackName }) => callbackName) ?? null,
    streams: definitions.streams?.map(({ streamName }) => streamName) ?? null,
    webhooks: definitions.webhooks?.map(({ webhookName }) => webhookName) ?? []
  }
})

const namesOf = (workflows: ApiDefinitions["workflows"]): ReadonlyArray<WorkflowInfo> =>
  workflows.map(({ workflowName, version }) => ({
    name: workflowName,
    version,
    input: null,
    output: null,
    error: null,
    errors: [],
    secrets: []
  }))
