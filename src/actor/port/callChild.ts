import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyWorkflow, ChildOptions } from "../definitions/definition.ts"
import { checkRunId } from "../definitions/name.ts"
import { ChildFailed } from "../errors.ts"
import type { Outcome } from "../history/outcome.ts"
import { fingerprintText } from "../values/json.ts"
import { fromPayload } from "../values/payload.ts"
import { decoded, type PortOptions } from "./portOptions.ts"

export const callChild = (
  options: PortOptions,
  workflow: AnyWorkflow,
  input: unknown,
  childOptions: ChildOptions
): Effect.Effect<unknown, unknown> => {
  const { ledger } = options
  const name = workflow.workflowName
  const encoded = workflow.input().encode(input)
  if (Result.isFailure(encoded)) {
    const message = `input of child run ${name} does not fit its schema: ${encoded.failure}`
    return Effect.die(new ChildFailed({ message, workflow: name, runId: "", reason: "died" }))
  }
  const { payload, fingerprint } = encoded.success
  const { key: userKey } = childOptions
  const key =
    userKey === undefined ? ledger.nextKey("child", name) : ledger.nextUserKey("child", name, userKey, fingerprint)
  if (typeof key !== "string") {
    const { reason, why } = key
    return Effect.die(new ChildFailed({ message: `child run ${name}: ${why}`, workflow: name, runId: "", reason }))
  }
  const runId = childOptions.runId ?? ledger.childRunId(key)
  const wrong = checkRunId(runId)
  if (wrong !== undefined) return Effect.die(new ChildFailed({ message: wrong, workflow: name, runId, reason: "died" }))
  // The fingerprint of the command covers the run id as well: another child is another command.
  const command = {
    kind: "child",
    key,
    fingerprint: fingerprintText(`${workflow.version} ${runId} ${fingerprint}`),
    index: ledger.index,
    workflow: name,
    definitionVersion: workflow.version,
    runId,
    inputFingerprint: fingerprint,
    input: payload
  } as const
  return Effect.callback((resume) => {
    ledger.issue(command, (outcome) => resume(childExit(options, workflow, runId, outcome as Outcome)), workflow.input)
    // Structured: an interrupted parent is through only when its child is, compensations included.
    return Effect.callback<void>((ended) => ledger.cancelChild(key, () => ended(Effect.void)))
  })
}

const childExit = (
  options: PortOptions,
  workflow: AnyWorkflow,
  runId: string,
  outcome: Outcome
): Effect.Effect<unknown, unknown> => {
  switch (outcome.tag) {
    case "succeeded":
      return decoded(options, workflow.output(), outcome, Effect.succeed)
    case "failed":
      return decoded(options, workflow.error(), outcome, Effect.fail)
    default: {
      const cause = fromPayload(outcome.payload)
      const conflict =
        typeof cause === "object" && cause !== null && (cause as { _tag?: unknown })._tag === "RunConflict"
      const reason = conflict ? "conflict" : outcome.tag
      const name = workflow.workflowName
      return Effect.die(
        new ChildFailed({ message: `child run ${runId} of ${name}: ${reason}`, workflow: name, runId, reason, cause })
      )
    }
  }
}
