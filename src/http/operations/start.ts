import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { signedText } from "../../actor/values/json.ts"
import { Client } from "../../client/client.ts"
import { InputInvalid } from "../../client/errors.ts"
import { freshId } from "../../client/send.ts"
import type { StartBody } from "../definition/bodies.ts"
import { WorkflowUnknown } from "../errors.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"
import { signalOf } from "./signals.ts"

/** 201, or 200 if the same run was there. */
export const startRun = Effect.fnUntraced(function* (
  { input = null, runId, version, signal, startAt, delay, maxDelay, ...choices }: typeof StartBody.Type,
  definitions: ApiDefinitions,
  name: string
) {
  const workflow = yield* workflowNamed(definitions, name, version)
  const decoded = workflow.input().decode({ json: signedText(input) })
  if (Result.isFailure(decoded)) {
    const message = `input of workflow ${name} does not fit its schema: ${decoded.failure}`
    return yield* new InputInvalid({ workflow: name, message })
  }
  const client = yield* Client
  const options = {
    input: decoded.success,
    ...choices,
    // One that is no date is refused as a time that is none.
    ...(startAt === undefined ? {} : { startAt: new Date(startAt) }),
    ...(delay === undefined ? {} : { delay: delay as Duration.Input }),
    ...(maxDelay === undefined ? {} : { maxDelay: maxDelay as Duration.Input }),
    ...(runId === undefined ? {} : { runId })
  }
  const handle =
    signal === undefined
      ? yield* client.start(workflow, options)
      : yield* client.signalWithStart(workflow, {
          ...options,
          runId: runId ?? (yield* freshId),
          ...(yield* signalOf(definitions, signal.name, signal))
        })
  return { status: handle.isNew ? 201 : 200, body: handle } satisfies ApiResponse
})

export const workflowNamed = (
  { workflows }: ApiDefinitions,
  name: string,
  version: string | undefined
): Effect.Effect<AnyWorkflow, WorkflowUnknown> => {
  const named = workflows.filter((one) => one.workflowName === name)
  // Of several versions the one listed last is the current one.
  const workflow = version === undefined ? named.at(-1) : named.find((one) => one.version === version)
  if (workflow !== undefined) return Effect.succeed(workflow)
  const what = version === undefined ? name : `${name}, version ${version},`
  const known = [...new Set(workflows.map((one) => one.workflowName))].join(", ")
  return Effect.fail(
    new WorkflowUnknown({ message: `no workflow ${what} is deployed here; there are ${known || "none"}` })
  )
}
