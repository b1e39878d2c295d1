import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Workflow } from "../actor/definitions/definition.ts"
import { checkRunId } from "../actor/definitions/name.ts"
import { type Message, type StartMessage, tracedBy } from "../actor/history/message.ts"
import { currentMillis } from "../store/currentMillis.ts"
import { offload } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { InputInvalid, RunConflict, RunIdInvalid } from "./errors.ts"
import { freshId } from "./send.ts"
import { CallersTrace } from "./tracing.ts"

export interface StartOptions<In> {
  readonly input: In
  /** Makes the start idempotent: the same id, workflow and input is the same run. Default: a fresh random id. */
  readonly runId?: string
}

export interface RunHandle {
  readonly runId: string
  /** False if a run of this id, workflow and input was there before. */
  readonly isNew: boolean
}

/** The row of a start. Nothing is written but its payload, if that is large. */
export const startRow = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  options: StartOptions<In>
) {
  const runId = options.runId ?? (yield* freshId)
  const name = workflow.workflowName
  const wrong = checkRunId(runId)
  if (wrong !== undefined) return yield* new RunIdInvalid({ message: wrong, runId })
  const encoded = workflow.input().encode(options.input)
  if (Result.isFailure(encoded)) {
    return yield* new InputInvalid({
      workflow: name,
      message: `input of workflow ${name} does not fit its schema: ${encoded.failure}`
    })
  }
  const { fingerprint, payload } = encoded.success
  const input = yield* offload(payload)
  const row: StartMessage = {
    kind: "start",
    at: yield* currentMillis,
    workflow: name,
    definitionVersion: workflow.version,
    fingerprint,
    input,
    ...tracedBy(yield* CallersTrace)
  }
  return { runId, row }
})

/** One put-if-absent row. A second start of the same is the first. */
export const startRun = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  options: StartOptions<In>
) {
  const { row, runId } = yield* startRow(workflow, options)
  const table = yield* RunTable
  const put = yield* table.put(runId, row)
  if (put._tag === "Inserted") return { runId, isNew: true } satisfies RunHandle
  const conflict = startConflict(runId, row, put.message)
  return conflict === undefined ? { runId, isNew: false } : yield* conflict
})

/** The start that is there, and the one that is to be: undefined if they are the same. */
export const startConflict = (
  runId: string,
  { fingerprint, workflow: name }: StartMessage,
  there: Message
): RunConflict | undefined => {
  // The version may differ: a caller that starts again after a deployment means the run that it started before.
  if (there.kind === "start" && there.workflow === name && there.fingerprint === fingerprint) return undefined
  const other = there.kind === "start" ? there.workflow : "?"
  const what = other === name ? "another input" : `workflow ${other}`
  return new RunConflict({ runId, workflow: other, message: `run ${runId} was started before with ${what}` })
}
