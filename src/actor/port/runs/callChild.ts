import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { assertKnown } from "../../definitions/assertOptions.ts"
import type { AnyWorkflow, ChildOptions } from "../../definitions/definition.ts"
import { checkRunId } from "../../definitions/name.ts"
import { ChildFailed } from "../../errors.ts"
import { type ChildCommand, childFingerprint } from "../../history/command.ts"
import type { Outcome } from "../../history/outcome.ts"
import { checkTags, sortedTags } from "../../tags/tags.ts"
import { sentenceOf } from "../../values/defect.ts"
import type { Json } from "../../values/json.ts"
import { fromPayload } from "../../values/payload.ts"
import { decoded, type PortOptions } from "../portOptions.ts"

export const callChild = (
  options: PortOptions,
  workflow: AnyWorkflow,
  input: unknown,
  childOptions: ChildOptions
): Effect.Effect<unknown, unknown> => {
  const { ledger } = options
  const command = childCommand(options, workflow, input, childOptions)
  if (command instanceof ChildFailed) return Effect.die(command)
  const { key, whenParentEnds } = command
  return Effect.callback((resume) => {
    const answered = (outcome: Outcome) => resume(childExit(options, workflow, ledger.runIdOfChild(command), outcome))
    ledger.issue(command, (outcome) => answered(outcome as Outcome), workflow.input)
    // It goes on, and its answer is nobody's.
    if (whenParentEnds === "abandon") return Effect.sync(() => ledger.awaitChild(key, () => {}))
    // Structured: an interrupted parent is through only when its child is, compensations included.
    return Effect.callback<void>((ended) => {
      const resume = () => ended(Effect.void)
      if (whenParentEnds === "wait") ledger.awaitChild(key, resume)
      else ledger.cancelChild(key, resume)
    })
  })
}

/** The command with its key, which is given out by this, or what is wrong with the call. */
export const childCommand = (
  { ledger }: PortOptions,
  workflow: AnyWorkflow,
  input: unknown,
  childOptions: ChildOptions
): ChildCommand | ChildFailed => {
  const name = workflow.workflowName
  assertKnown(`child run ${name}: its options`, childOptions, ["key", "runId", "whenParentEnds", "tags"], ["key"])
  const { key: userKey, runId: ownRunId, tags = {}, whenParentEnds = "cancel" } = childOptions
  const failed = (message: string, reason: ChildFailed["reason"] = "died", runId = "") =>
    new ChildFailed({ message, workflow: name, runId, reason })
  if (!["cancel", "abandon", "wait"].includes(whenParentEnds))
    return failed(`child run ${name}: whenParentEnds is ${String(whenParentEnds)}: "cancel", "abandon" or "wait"`)
  const untaggable = checkTags(tags)
  if (untaggable !== undefined) return failed(`child run ${name}: ${untaggable}`)
  const encoded = workflow.input().encode(input)
  if (Result.isFailure(encoded)) return failed(`input of child run ${name} does not fit its schema: ${encoded.failure}`)
  const { payload, fingerprint } = encoded.success
  const key =
    userKey === undefined ? ledger.nextKey("child", name) : ledger.nextUserKey("child", name, userKey, fingerprint)
  if (typeof key !== "string") return failed(`child run ${name}: ${key.why}`, key.reason)
  const runId = ownRunId ?? ledger.childRunId(key)
  const wrong = checkRunId(runId)
  if (wrong !== undefined) return failed(wrong, "died", runId)
  return {
    kind: "child",
    key,
    fingerprint: childFingerprint(workflow.version, runId, fingerprint),
    index: ledger.index,
    workflow: name,
    definitionVersion: workflow.version,
    runId,
    inputFingerprint: fingerprint,
    input: payload,
    whenParentEnds,
    ...(Object.keys(tags).length === 0 ? {} : { tags: sortedTags(tags) })
  }
}

export const childExit = (
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
      const message = `child run ${runId} of workflow ${name} ${whatBecame(reason, cause)}`
      return Effect.die(new ChildFailed({ message, workflow: name, runId, reason, cause }))
    }
  }
}

const whatBecame = (reason: ChildFailed["reason"], cause: Json): string => {
  if (reason === "conflict")
    return "was not started: its run id belongs to another run. Give the child another, or none"
  const why = cause === null ? "" : `: ${sentenceOf(cause)}`
  if (reason === "terminated")
    return `was terminated, and nothing was compensated${why}`.slice(0, mostOfMessage).toWellFormed()
  return `${reason === "cancelled" ? "was cancelled" : "died"}${why}`.slice(0, mostOfMessage).toWellFormed()
}

const mostOfMessage = 2_000
