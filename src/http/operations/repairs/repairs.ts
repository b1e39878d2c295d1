import * as Effect from "effect/Effect"
import { UnknownWorkflow } from "../../../actor/errors.ts"
import { Client } from "../../../client/client.ts"
import type { Repair } from "../../../client/repair/repairOptions.ts"
import { makeRegistry } from "../../../streams/turns/registry.ts"
import type { ForkBody, ResetBody, RetryBody } from "../../definition/bodies.ts"
import { WorkflowUnknown } from "../../errors.ts"
import type { ApiDefinitions } from "../definitions.ts"
import type { ApiResponse } from "../response.ts"

export const retryRun = Effect.fnUntraced(function* (
  body: typeof RetryBody.Type,
  definitions: ApiDefinitions,
  runId: string
) {
  const client = yield* Client
  const workflow = yield* codeOf(definitions, runId)
  return answer(202, yield* client.retry(workflow, runId, body))
})

export const resetRun = Effect.fnUntraced(function* (
  body: typeof ResetBody.Type,
  definitions: ApiDefinitions,
  runId: string
) {
  const client = yield* Client
  const workflow = yield* codeOf(definitions, runId)
  return answer(202, yield* client.reset(workflow, runId, body))
})

export const forkRun = Effect.fnUntraced(function* (
  body: typeof ForkBody.Type,
  definitions: ApiDefinitions,
  runId: string
) {
  const client = yield* Client
  const workflow = yield* codeOf(definitions, runId, body.generation)
  return answer(201, yield* client.fork(workflow, runId, body))
})

/** What goes on is replayed by the code that a host would have for it: the runtime's own child runs as well. */
const codeOf = Effect.fnUntraced(function* (
  { steps = [], workflows }: ApiDefinitions,
  runId: string,
  generation?: number
) {
  const client = yield* Client
  const described = yield* client.get(runId, generation === undefined ? {} : { generation })
  const code = makeRegistry(workflows, steps).workflow(described.workflow, described.definitionVersion, runId)
  return code instanceof UnknownWorkflow ? yield* new WorkflowUnknown({ message: code.message }) : code
})

/** 200: nothing was asked for by this request. */
const answer = (whereNew: number, repair: Repair) => {
  const status = repair.isNew ? whereNew : 200
  return { status, body: repair } satisfies ApiResponse
}
