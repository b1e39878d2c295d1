import * as Effect from "effect/Effect"
import { runIdOf } from "../../../actor/history/generation.ts"
import type { Client } from "../../../client/client.ts"
import type { Repair } from "../../../client/repair/repairOptions.ts"
import type { HttpApi } from "../../../http/client/httpClient.ts"
import type { ForkBody, ResetBody, RetryBody } from "../../../http/definition/bodies.ts"
import * as operations from "../../../http/operations/repairs/repairs.ts"
import { RunTable } from "../../../store/runTable.ts"
import type { Definitions } from "../../entry/definitions.ts"
import { wrongUse } from "../../framework/commandFailed.ts"

/** By the code of the entry, or, behind an HTTP API, by that of its deployment. */
export interface RepairOperations {
  readonly retry: (runId: string, options: typeof RetryBody.Type) => Effect.Effect<Repair, unknown>
  readonly reset: (runId: string, options: typeof ResetBody.Type) => Effect.Effect<Repair, unknown>
  readonly fork: (runId: string, options: typeof ForkBody.Type) => Effect.Effect<Repair, unknown>
  /** The run that this one was forked from. Undefined: it was started otherwise, or is not there. */
  readonly forkedFrom: (runId: string) => Effect.Effect<string | undefined, unknown>
}

/** By the operations of the HTTP API, on the store itself. */
export const storeRepairs = (
  definitions: Effect.Effect<Definitions | undefined, unknown>,
  provide: <A, E>(effect: Effect.Effect<A, E, Client | RunTable>) => Effect.Effect<A, unknown>
): RepairOperations => {
  const byCode = <E>(repair: (code: Definitions) => Effect.Effect<{ readonly body: Repair }, E, Client>) =>
    Effect.flatMap(definitions, (code) =>
      code === undefined ? Effect.fail(noCode) : Effect.map(provide(repair(code)), ({ body }) => body)
    )
  return {
    retry: (runId, options) => byCode((code) => operations.retryRun(options, code, runId)),
    reset: (runId, options) => byCode((code) => operations.resetRun(options, code, runId)),
    fork: (runId, options) => byCode((code) => operations.forkRun(options, code, runId)),
    forkedFrom: (runId) => provide(storedSource(runId))
  }
}

const storedSource = Effect.fnUntraced(function* (runId: string) {
  const start = yield* (yield* RunTable).readMessage(runId, "start")
  const from = start?.kind === "start" ? start.from : undefined
  return from?.how === "fork" ? runIdOf(from.address) : undefined
})

const noCode = wrongUse(
  "what is kept is replayed by the code of the workflow, and nothing says where that is.",
  'give --entry src/workflows.ts, or write it into dynactor.json, { "entry": "src/workflows.ts" }'
)

/** By an HTTP API. */
export const httpRepairs = (
  ask: <A>(use: (api: HttpApi) => Effect.Effect<A, unknown>) => Effect.Effect<A, unknown>
): RepairOperations => ({
  retry: (runId, payload) => ask((api) => api.runs.retry({ params: { id: runId }, payload })),
  reset: (runId, payload) => ask((api) => api.runs.reset({ params: { id: runId }, payload })),
  fork: (runId, payload) => ask((api) => api.runs.fork({ params: { id: runId }, payload })),
  forkedFrom: (runId) =>
    ask((api) => Effect.catchIf(toldSource(api, runId), isNotThere, () => Effect.succeed(undefined)))
})

/** Its start stands behind what had come before that, which is decisions of people: one page has it. */
const toldSource = (api: HttpApi, runId: string) =>
  Effect.map(
    api.inspection.timeline({ params: { id: runId }, query: { generation: 0, limit: 100 } }),
    ({ entries }) => {
      const copy = entries.find(({ kind }) => kind === "start")?.copy
      return copy?.how === "fork" ? copy.runId : undefined
    }
  )

const isNotThere = (error: { readonly _tag: string }): boolean => error._tag === "RunNotFound"
