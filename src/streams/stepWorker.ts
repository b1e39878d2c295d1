import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { StepFailed } from "../actor/errors.ts"
import { checkFence } from "../actor/head.ts"
import type { Outcome } from "../actor/outcome.ts"
import { stepFailedOutcome } from "../actor/stepFailure.ts"
import { load, offload } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { type Delivery, StepQueue, type StepRequest, type TimerRequest } from "../store/stepQueue.ts"
import { insist } from "./backoff.ts"
import { executeStep } from "./executeStep.ts"
import type { Registry } from "./registry.ts"
import { Runs } from "./runs.ts"
import { unknownStep } from "./unknownStep.ts"

export interface StepWorkerOptions {
  readonly registry: Registry
  readonly services: Context.Context<never>
  /** Receipts after which a step that this host does not know is failed. Before, others may know it: a deployment under way. */
  readonly unknownStepReceives: number
}

/**
 * See to one queue message, whatever it is. When this returns, the message is completed, replaced by its next attempt, or
 * handed back; when it fails or is interrupted, the message comes again after its visibility.
 */
export const handleDelivery = Effect.fnUntraced(function* (delivery: Delivery, options: StepWorkerOptions) {
  const { message } = delivery
  const queue = yield* StepQueue
  const now = yield* Clock.currentTimeMillis
  // Longer than one delay of the queue: wait on.
  if (message.notBefore > now) return yield* queue.replace(delivery, message)
  const runs = yield* Runs
  if (message.kind === "wake") {
    yield* runs.ring(message.runId, message.key === undefined ? [] : [message.key])
    return yield* queue.complete([delivery])
  }
  const fence = yield* askFence(delivery, message)
  if (fence === "pending") return yield* queue.release(delivery, pendingDelayMs)
  if (fence === "stale") return yield* queue.complete([delivery])
  if (message.kind === "timer") {
    const { key, due } = message
    return yield* runs.deliver(
      message.runId,
      [{ kind: "timer", key, due, at: yield* Clock.currentTimeMillis }],
      [delivery]
    )
  }
  return yield* handleStep(delivery, message, options)
})

const pendingDelayMs = 1_000

/**
 * A message sent ahead of its commit is acted on only if that commit stands (S3). The commit is usually milliseconds behind;
 * if it stays away, its author may be gone, and we turn the run ourselves: then somebody's commit stands, and tells.
 */
const askFence = Effect.fnUntraced(function* (delivery: Delivery, message: StepRequest | TimerRequest) {
  const runs = yield* Runs
  if (message.kind === "step" && runs.isWanted(message.runId, message.key) === false) return "stale"
  // It came before: its outcome may be there already, put by whoever had it then.
  if (message.kind === "step" && delivery.receives > 1) {
    const table = yield* RunTable
    if ((yield* table.readMessage(message.runId, `step/${message.key}`)) !== undefined) return "stale"
  }
  const { token, index, runId } = message
  if (token === null) return "valid"
  const table = yield* RunTable
  for (const waitMs of [10, 40, 150]) {
    // A commit that this process knows to stand needs no read: the usual case where host and worker are one.
    if (checkFence(runs.knownHead(runId), { index, token }) === "valid") return "valid"
    const answer = checkFence(yield* table.readHead(runId), { index, token })
    if (answer !== "pending") return answer
    yield* Effect.sleep(waitMs)
  }
  yield* Effect.logDebug(
    `${message.kind} ${message.key} of run ${runId} is ahead of its commit (receipt ${delivery.receives})`
  )
  yield* runs.ring(runId, [])
  return checkFence(yield* table.readHead(runId), { index, token })
})

const handleStep = Effect.fnUntraced(function* (delivery: Delivery, message: StepRequest, options: StepWorkerOptions) {
  const queue = yield* StepQueue
  const step = options.registry.step(message.name)
  if (step === undefined) {
    if (delivery.receives < options.unknownStepReceives)
      return yield* queue.release(delivery, 500 * 2 ** delivery.receives)
    return yield* answer(delivery, message, unknownStep(message.name, options.registry.stepNames), message.attempt, 0)
  }
  const startedAt = yield* Clock.currentTimeMillis
  const what = `step ${message.key} of run ${message.runId}`
  const input = yield* Effect.result(insist(what, load(message.input)))
  if (input._tag === "Failure") {
    const failure = new StepFailed({
      message: input.failure.message,
      step: message.name,
      reason: "payload",
      attempts: message.attempt
    })
    return yield* answer(delivery, message, stepFailedOutcome(failure), message.attempt, startedAt)
  }
  const { runId, key, attempt } = message
  const execution = yield* executeStep(step, { runId, key, input: input.success, attempt }, options.services)
  if (execution._tag === "Done") return yield* answer(delivery, message, execution.outcome, attempt, startedAt)
  yield* Effect.logDebug(`${what} runs again in ${execution.delayMs} ms: ${execution.because}`)
  const now = yield* Clock.currentTimeMillis
  const next = { ...message, attempt: attempt + 1, notBefore: now + execution.delayMs }
  return yield* insist(what, queue.replace(delivery, next))
})

/** The outcome, and with it in hand the next turn at once: the doorbell will find nothing left to do. */
const answer = Effect.fnUntraced(function* (
  delivery: Delivery,
  message: StepRequest,
  outcome: Outcome,
  attempts: number,
  startedAt: number
) {
  const runs = yield* Runs
  const { runId, key, fingerprint } = message
  const payload = yield* insist(`step ${key} of run ${runId}`, offload(outcome.payload))
  const at = yield* Clock.currentTimeMillis
  const row = {
    kind: "step",
    at,
    key,
    fingerprint,
    outcome: { tag: outcome.tag, payload },
    attempts,
    startedAt
  } as const
  yield* runs.deliver(runId, [row], [delivery])
})

/** A message that was received too often: its run is told, so that it does not wait for ever (L3). */
export const handleDeadLetter = Effect.fnUntraced(function* (delivery: Delivery, options: StepWorkerOptions) {
  const { message } = delivery
  if (message.kind !== "step") return yield* handleDelivery(delivery, options)
  const queue = yield* StepQueue
  const fence = yield* askFence(delivery, message)
  if (fence === "pending") return yield* queue.release(delivery, pendingDelayMs)
  if (fence === "stale") return yield* queue.complete([delivery])
  yield* Effect.logWarning(`step ${message.key} of run ${message.runId} is a dead letter`)
  const failure = new StepFailed({
    message: `step ${message.name} was taken up again and again and never answered: its worker dies, or never gets to its end`,
    step: message.name,
    reason: "deadLetter",
    attempts: message.attempt
  })
  return yield* answer(delivery, message, stepFailedOutcome(failure), message.attempt, 0)
})
