import * as Effect from "effect/Effect"
import type { AnyWorkflow } from "../../definitions/definition.ts"
import { checkRunId } from "../../definitions/name.ts"
import { RunCancelled, RunDied, RunNotFound, RunOfOtherWorkflow, terminatedRun } from "../../errors.ts"
import { readAwaitRefusal } from "../../history/awaitRefusal.ts"
import { awaitMark } from "../../history/command.ts"
import type { Outcome } from "../../history/outcome.ts"
import { sentenceOf } from "../../values/defect.ts"
import { fingerprintText } from "../../values/json.ts"
import { fromPayload } from "../../values/payload.ts"
import { decoded, type PortOptions } from "../portOptions.ts"
import { Answer } from "./answer.ts"

/**
 * The runs of others that a body has asked for. Each is asked once, however many wait for it and however often: what it came to is
 * kept. Of one that was not there it may be asked again.
 */
export class AwaitedRuns {
  private readonly options: PortOptions
  private readonly answers = new Map<string, Answer>()

  constructor(options: PortOptions) {
    this.options = options
  }

  outcomeOf(workflow: AnyWorkflow, runId: string): Effect.Effect<unknown, unknown> {
    return Effect.suspend(() => {
      const wrong = checkRunId(runId)
      if (wrong !== undefined) return Effect.fail(new RunNotFound({ runId: String(runId), message: wrong }))
      if (runId === this.options.ledger.runId)
        return Effect.die(new Error(`run ${runId} waits for its own end, which would never come`))
      const id = `${workflow.workflowName} ${runId}`
      return (this.answers.get(id) ?? this.ask(id, workflow, runId)).get
    })
  }

  private ask(id: string, workflow: AnyWorkflow, runId: string): Answer {
    const { ledger } = this.options
    const name = workflow.workflowName
    const fingerprint = fingerprintText(id)
    const key = ledger.nextUserKey("child", `${awaitMark}${name}`, runId, fingerprint)
    // Its text is well formed, and nobody asks a second time before the answer.
    if (typeof key !== "string") throw new Error(key.why)
    const answer = new Answer()
    this.answers.set(id, answer)
    const { index } = ledger
    ledger.issue({ kind: "await", key, fingerprint, index, workflow: name, runId }, (outcome) => {
      const ended = outcome as Outcome
      if (readAwaitRefusal(ended)?.reason === "notFound") this.answers.delete(id)
      answer.settle(Effect.suspend(() => exitOf(this.options, workflow, runId, ended)))
    })
    return answer
  }
}

const exitOf = (
  options: PortOptions,
  workflow: AnyWorkflow,
  runId: string,
  outcome: Outcome
): Effect.Effect<unknown, unknown> => {
  const refusal = readAwaitRefusal(outcome)
  if (refusal?.reason === "notFound")
    return Effect.fail(new RunNotFound({ runId, message: `there is no run ${runId}` }))
  if (refusal?.reason === "otherWorkflow") {
    const { workflow: found } = refusal
    const message = `run ${runId} is of workflow ${found}, and not of ${workflow.workflowName}`
    return Effect.fail(new RunOfOtherWorkflow({ runId, workflow: found, message }))
  }
  switch (outcome.tag) {
    case "succeeded":
      return decoded(options, workflow.output(), outcome, Effect.succeed)
    case "failed":
      return decoded(options, workflow.error(), outcome, Effect.fail)
    case "died": {
      const cause = fromPayload(outcome.payload)
      return Effect.fail(new RunDied({ runId, cause, message: `run ${runId} died: ${sentenceOf(cause)}` }))
    }
    case "cancelled": {
      const reason = fromPayload(outcome.payload)
      const text = typeof reason === "string" ? reason : null
      const message = `run ${runId} was cancelled${text === null ? "" : `: ${text}`}`
      return Effect.fail(new RunCancelled({ runId, reason: text, message }))
    }
    case "terminated":
      return Effect.fail(terminatedRun(runId, fromPayload(outcome.payload)))
  }
}
