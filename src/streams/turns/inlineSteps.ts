import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { Actor } from "../../actor/actor.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import { knownAtOf } from "../../actor/history/copying/copiedFrom.ts"
import { type FailedTry, type Message, messageKey, type StepMessage } from "../../actor/history/message.ts"
import { withTry } from "../../actor/history/troubles.ts"
import { isReference } from "../../actor/values/payload.ts"
import { Commits } from "../../store/commits.ts"
import { offload } from "../../store/payloads.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { executeStep } from "../steps/executeStep.ts"
import type { ExecutionRequest } from "../steps/execution.ts"
import { tellFailedAttempt } from "../steps/failedAttempt.ts"
import { refusedOutcome } from "../steps/refusedOutcome.ts"
import { systemStepOf } from "../steps/systemSteps.ts"
import { unknownStep } from "../steps/unknownStep.ts"
import type { WarmRun } from "./warmRun.ts"
import type { InlineEnd, InlineEnds, TurnOptions } from "./work.ts"

/**
 * Inline steps run inside the turn, each outcome durable before the workflow sees it. They take effect without a commit: if
 * this turn loses, whoever wins finds the outcome in the inbox. What has run while its outcome cannot be put is kept in `ran` for
 * the next attempt: its code has had its turn (S8).
 */
export const runInline = Effect.fnUntraced(function* (
  runId: string,
  run: WarmRun,
  options: TurnOptions,
  ran: InlineEnds = new Map(),
  parent?: Tracer.AnySpan
) {
  const { actor } = run
  for (let steps = actor.takeInlineSteps(); steps.length > 0; steps = actor.takeInlineSteps()) {
    if (steps.some(({ name }) => systemStepOf(name) === undefined)) run.hasTold = true
    const ends = yield* Effect.forEach(steps, (step) => Effect.exit(inlineOutcome(actor, step, options, ran, parent)), {
      concurrency: "unbounded"
    })
    const rows = yield* Effect.all(ends)
    const now = yield* Clock.currentTimeMillis
    const hung = options.guard.run(runId, actor.workflow, false, () => {
      for (const row of rows.flat()) actor.deliver(row, now)
      deliverEarly(run, now)
    })
    const parked = hung ?? actor.parkReason
    if (parked !== undefined) return parked
  }
  return undefined
})

/** Inline outcomes that came before their command, and whose command is there now. */
export const deliverEarly = ({ actor }: WarmRun, now: number): void => {
  for (let early = actor.takeEarly(); early.length > 0; early = actor.takeEarly()) {
    for (const message of early) actor.deliver(message, now)
  }
}

const inlineOutcome = Effect.fnUntraced(function* (
  { runId, start, workflow: { workflowName } }: Actor,
  command: StepCommand,
  options: TurnOptions,
  ran: InlineEnds,
  parent: Tracer.AnySpan | undefined
) {
  const id = JSON.stringify([command.key, command.fingerprint])
  const startedAt = yield* Clock.currentTimeMillis
  const knownAt = start?.from === undefined ? undefined : knownAtOf(start.from, runId, command.key)
  const asked = { runId, workflow: workflowName, knownAt, parent }
  const end = ran.get(id) ?? { ...(yield* runToOutcome(asked, command, options)), startedAt }
  ran.set(id, end)
  const rows = yield* Effect.catchTag(putOutcome(runId, command, end), "StoreRefused", (refused) =>
    // Once that is put right, the outcome can be stored: until then the run is parked.
    refused.mend === undefined
      ? putOutcome(runId, command, { ...end, outcome: refusedOutcome(command.name, end.attempts, refused) })
      : Effect.fail(refused)
  )
  ran.delete(id)
  return rows
})

const putOutcome = Effect.fnUntraced(function* (
  runId: string,
  command: StepCommand,
  { outcome, attempts, startedAt, tries, execution }: InlineEnd
) {
  const at = yield* Clock.currentTimeMillis
  const payload = yield* offload(outcome.payload, runId)
  const { key, fingerprint } = command
  const stored = { tag: outcome.tag, payload }
  const told = { ...(tries === undefined ? {} : { tries }), ...(execution === undefined ? {} : { execution }) }
  const row: StepMessage = {
    kind: "step",
    at,
    key,
    fingerprint,
    outcome: stored,
    attempts,
    startedAt,
    inline: true,
    ...told
  }
  const first = yield* putFirst(runId, row)
  if (first === undefined) return [isReference(outcome.payload) ? yield* resolved(row) : { ...row, outcome }]
  if (first.kind !== "step" || first.fingerprint === fingerprint) return [yield* resolved(first)]
  // The row under this key is of a turn that lost its race and ran the step with another input. The actor sets that row aside;
  // ours is put under a key of its own.
  const beside: StepMessage = { ...row, beside: true }
  const second = yield* putFirst(runId, beside)
  return [first, second === undefined ? { ...beside, outcome } : yield* resolved(second)]
})

/** Retries are made here, in the turn: an inline step is quick, or should not be one. */
const runToOutcome = Effect.fnUntraced(function* (
  asked: Pick<ExecutionRequest, "runId" | "workflow" | "knownAt" | "parent">,
  command: StepCommand,
  options: TurnOptions
) {
  const { runId } = asked
  const { key, input } = command
  const system = systemStepOf(command.name)
  if (system !== undefined) return { outcome: yield* system(command, runId), attempts: 1 }
  const step = options.registry.step(command.name, runId)
  if (step === undefined) return { outcome: unknownStep(command.name, options.registry.stepNames), attempts: 0 }
  let tries: ReadonlyArray<FailedTry> | undefined
  for (let attempts = 1; ; attempts++) {
    const request = { ...asked, key, input, attempt: attempts }
    const execution = yield* executeStep(step, request, options.services)
    if (execution.because !== undefined) yield* tellFailedAttempt(step, request, execution)
    if (execution._tag === "Done")
      return { outcome: execution.outcome, attempts, tries, execution: execution.execution }
    tries = withTry(tries, { attempt: attempts, at: yield* Clock.currentTimeMillis, error: execution.because })
    yield* Effect.sleep(execution.delayMs)
  }
})

/** Undefined if the row is the first of its key, or tells the same; otherwise the first. */
const putFirst = Effect.fnUntraced(function* (runId: string, row: StepMessage) {
  const commits = yield* Commits
  const result = yield* commits.commit({ runId, rows: [row], done: [] })
  if (result._tag !== "Superseded") return undefined
  return result.existing.find((other) => messageKey(other) === messageKey(row))
})

const resolved = (message: Message) =>
  Effect.catchTag(resolveMessage(message), "PayloadUnreadable", () => Effect.succeed(message))
