import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { StepFailed } from "../../actor/errors.ts"
import { placeOfAddress, runIdOf } from "../../actor/history/generation.ts"
import { checkFence, type Head, isStepWanted } from "../../actor/history/head.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import { withTry } from "../../actor/history/troubles.ts"
import { isOpen, type Payload } from "../../actor/values/payload.ts"
import { readTraceparent } from "../../actor/values/traceparent.ts"
import { isMarked, type StepMark } from "../../store/beside/stepMarks.ts"
import { currentMillis } from "../../store/currentMillis.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import { isSurelySmall, load, offload } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { type Delivery, StepQueue, type StepRequest, type TimerRequest } from "../../store/stepQueue.ts"
import { instruments } from "../../store/telemetry/instruments.ts"
import { backoffMs, insist } from "../fairness/backoff.ts"
import { Place } from "../fairness/place.ts"
import { cutShort } from "../steps/executeStep.ts"
import type { Execution, ExecutionRequest, Unwanted } from "../steps/execution.ts"
import { tellFailedAttempt } from "../steps/failedAttempt.ts"
import { refusedOutcome, unsentAttempt } from "../steps/refusedOutcome.ts"
import { tellUnknown, unknownPauseMs, unknownStep } from "../steps/unknownStep.ts"
import type { Registry } from "../turns/registry.ts"
import { Runs } from "../turns/runs.ts"
import { executeAttended } from "./attendance.ts"
import { beginStep } from "./beginStep.ts"
import { ownMessage } from "./ownMessage.ts"
import { writeTogether } from "./stepTransaction.ts"

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
export const handleDelivery = (delivery: Delivery, options: StepWorkerOptions) =>
  Effect.withFiber<unknown, HandlingError, HandlingServices>((fiber) => {
    const handled = handlePlain(fiber, delivery, options) ?? handleAny(delivery, options)
    return delivery.receives <= mostInVain
      ? handled
      : Effect.catchTag(handled, "StoreUnavailable", (away) => waitOn(delivery, away))
  })

/** Receipts that may come to nothing for a store that is away, or for a commit that does not stand yet. */
const mostInVain = 3

/**
 * Others are answered by the queue, and some store is not: for however long, that is nothing that the step has done. One that is seen to and cannot be
 * deleted comes back as it is: another in its place would be one more of it, for which nothing is left to do either.
 */
const waitOn = Effect.fnUntraced(function* (delivery: Delivery, away: StoreUnavailable) {
  if (away.operation === "StepQueue.complete") return yield* away
  const { message: why } = away
  const { message, receives } = delivery
  const queue = yield* StepQueue
  const now = yield* currentMillis
  yield* Effect.logWarning(
    `the store is away (${why}); ${message.kind} of run ${placeOfAddress(message.runId)} waits on as a message of its own (receipt ${receives})`
  )
  return yield* queue.replace(delivery, ownMessage(message, now + pendingDelayMs))
})

type HandlingError = Effect.Error<ReturnType<typeof handleAny>>
type HandlingServices = Effect.Services<ReturnType<typeof handleAny>>

/**
 * The usual step, of which nothing has to be asked and nothing waited for before its code runs; undefined for any other message. It does
 * what `handleAny` would do, in a third of the operations.
 */
const handlePlain = (fiber: Fiber.Fiber<unknown, unknown>, delivery: Delivery, options: StepWorkerOptions) => {
  const { message } = delivery
  if (message.kind !== "step" || message.token !== null || hasComeBefore(delivery)) return undefined
  const { attempt, input, key, name, runId } = message
  const step = options.registry.step(name, runId)
  if (step === undefined || !isOpen(input) || isMarked(step) || step.heartbeatMs !== undefined) return undefined
  const startedAt = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
  const runs = Context.get(fiber.context as Context.Context<Runs>, Runs)
  if (message.notBefore > startedAt || isLate(message, startedAt) || runs.isWanted(runId, key) === false)
    return undefined
  const workflow = message.workflow ?? runs.knownHead(runId)?.workflow
  const { leave: onWait } = fiber.getRef(Place)
  const parent = readTraceparent(message.trace)
  const { knownAt } = message
  const request = { runId, workflow, key, knownAt, input, attempt, parent, lastDetails: undefined, onWait }
  const { services } = options
  return Effect.flatMap(
    executeAttended(runs, { step, delivery, message, request, services, mark: undefined }),
    (execution) =>
      execution._tag === "Done" && execution.because === undefined && execution.plan === undefined
        ? answer(runs, delivery, message, execution.outcome, startedAt, execution.execution)
        : Effect.gen(() => settleStep(runs, delivery, message, step, request, execution, startedAt))
  )
}

const handleAny = Effect.fnUntraced(function* (delivery: Delivery, options: StepWorkerOptions) {
  const { message } = delivery
  const { queue, runs } = yield* services
  const now = yield* currentMillis
  // Longer than one delay of the queue: wait on.
  if (message.notBefore > now) return yield* queue.replace(delivery, message)
  if (message.kind === "wake") {
    yield* runs.ring(message.runId, message.key === undefined ? [] : [message.key])
    return yield* queue.complete([delivery])
  }
  const fence = yield* askFence(runs, delivery, message, now)
  if (fence === "pending") return yield* handBack(queue, delivery)
  if (fence === "stale") return yield* queue.complete([delivery])
  if (message.kind === "step") return yield* handleStep(queue, runs, delivery, message, options)
  const { key, due, runId } = message
  return yield* runs.deliver(runId, [{ kind: "timer", key, due, at: now }], [delivery])
})

/** Both at once: what is done for each step is done in as few Effects as can be. */
const services: Effect.Effect<
  { readonly queue: StepQueue["Service"]; readonly runs: Runs["Service"] },
  never,
  StepQueue | Runs
> = Effect.withFiberSucceed((fiber) => {
  const context = fiber.context as Context.Context<StepQueue | Runs>
  return { queue: Context.get(context, StepQueue), runs: Context.get(context, Runs) }
})

/**
 * Its commit does not stand yet: after a second, two, four. From then on as a message of its own, a minute at a time, so that nothing
 * that waits for a store becomes a dead letter, and its step a failure.
 */
const handBack = Effect.fnUntraced(function* (queue: StepQueue["Service"], delivery: Delivery) {
  const { message, receives } = delivery
  if (receives <= mostInVain) return yield* queue.release(delivery, 1_000 * 2 ** (receives - 1))
  const now = yield* currentMillis
  return yield* queue.replace(delivery, ownMessage(message, now + pendingDelayMs))
})

const pendingDelayMs = 60_000

/** Answers without a read where this process knows enough, which is the usual case; otherwise asks the table. */
const askFence = (runs: Runs["Service"], delivery: Delivery, message: StepRequest | TimerRequest, now: number) => {
  if (message.kind === "step" && runs.isWanted(message.runId, message.key) === false) return Effect.succeed("stale")
  // It came before: its outcome may be there already, put by whoever had it then.
  const cameBefore = message.kind === "step" && hasComeBefore(delivery)
  const isOld = message.kind === "step" && isLate(message, now)
  return message.token === null && !cameBefore && !isOld
    ? Effect.succeed("valid")
    : askTable(runs, delivery, message, { cameBefore, isOld })
}

const hasComeBefore = ({ message, receives }: Delivery): boolean =>
  receives > 1 || (message.kind === "step" && message.cameBefore === true)

/** It has waited for a worker for long: its run may have ended meanwhile, or gone on without it, and nobody takes its messages away. */
const isLate = (message: StepRequest, now: number): boolean => now - message.notBefore > lateMs

const lateMs = 60_000

/**
 * A message sent ahead of its commit is acted on only if that commit stands (S3). The commit is usually milliseconds behind;
 * if it stays away, its author may be gone, and we turn the run ourselves: then somebody's commit stands, and tells.
 */
const askTable = Effect.fnUntraced(function* (
  runs: Runs["Service"],
  delivery: Delivery,
  message: StepRequest | TimerRequest,
  { cameBefore, isOld }: { readonly cameBefore: boolean; readonly isOld: boolean }
) {
  const table = yield* RunTable
  if (cameBefore && (yield* table.readMessage(message.runId, `step/${message.key}`)) !== undefined) return "stale"
  const { token, index, runId } = message
  if (token === null) return isOld ? unlessUnwanted(yield* table.readHead(runId), message) : "valid"
  let head: Head | undefined
  for (const waitMs of [10, 40, 150]) {
    // A commit that this process knows to stand needs no read. Of what came after it others know more.
    if (!isOld && checkFence(runs.knownHead(runId), { index, token }) === "valid") return "valid"
    head = yield* table.readHead(runId)
    const answer = checkFence(head, { index, token })
    if (answer === "valid" && isOld) return unlessUnwanted(head, message)
    if (answer !== "pending") return answer
    yield* Effect.sleep(waitMs)
  }
  // The store may have refused its commit. A wake-up of ours would only lead to another attempt, which sends such messages again,
  // and so on.
  if (head?.status === "parked") return "pending"
  yield* Effect.logDebug(
    `${message.kind} ${message.key} of run ${placeOfAddress(runId)} is ahead of its commit (receipt ${delivery.receives})`
  )
  yield* runs.ring(runId, [])
  head = yield* table.readHead(runId)
  // Of a run that was deleted, only the newest generation has a head that says so.
  if (head === undefined && (yield* table.readMessage(runIdOf(runId), "start"))?.kind === "deleted") return "stale"
  const answer = checkFence(head, { index, token })
  return answer === "valid" && isOld ? unlessUnwanted(head, message) : answer
})

const unlessUnwanted = (head: Head | undefined, { index, key }: StepRequest | TimerRequest): "valid" | "stale" =>
  head === undefined || isStepWanted(head, { index, key }) ? "valid" : "stale"

/** A part of the generator that calls it, and no Effect of its own. */
function* handleStep(
  queue: StepQueue["Service"],
  runs: Runs["Service"],
  delivery: Delivery,
  message: StepRequest,
  options: StepWorkerOptions
) {
  const { runId, key, name, attempt } = message
  const { registry } = options
  const step = registry.step(name, runId)
  if (step === undefined) {
    if (delivery.receives < options.unknownStepReceives) {
      yield* tellUnknown(registry, message, options.unknownStepReceives)
      return yield* queue.release(delivery, unknownPauseMs(delivery.receives))
    }
    return yield* answer(runs, delivery, message, unknownStep(name, registry.stepNames), 0)
  }
  const startedAt = yield* currentMillis
  let { input } = message
  if (!isOpen(input)) {
    const loaded = yield* Effect.result(load(input))
    if (loaded._tag === "Failure") {
      const { failure } = loaded
      // Nothing is in hand yet that would be lost: no place is held until the store answers.
      if (failure._tag === "StoreUnavailable" || failure._tag === "StoreRefused")
        return yield* putOff(queue, delivery, message, failure)
      const reason = { message: failure.message, step: name, reason: "payload", attempts: attempt } as const
      return yield* answer(runs, delivery, message, stepFailedOutcome(new StepFailed(reason)), startedAt)
    }
    input = loaded.success
  }
  const workflow = message.workflow ?? runs.knownHead(runId)?.workflow
  const { claim, leave: onWait } = yield* heldPlace
  const beginning = isMarked(step)
    ? yield* beginStep(step, delivery, message, step.heartbeatMs ?? claim?.visibilityMs ?? 0)
    : unmarked
  if (beginning._tag === "TooLate") return yield* queue.complete([delivery])
  // It comes back when its worker, should it be gone, must have been missed.
  if (beginning._tag === "UnderWay") return yield* queue.release(delivery, step.heartbeatMs ?? claim?.visibilityMs ?? 0)
  const mark = "mark" in beginning ? beginning.mark : undefined
  const lastDetails = mark === undefined ? undefined : yield* loadDetails(mark)
  const parent = readTraceparent(message.trace)
  const { knownAt } = message
  const request = { runId, workflow, key, knownAt, input, attempt, parent, lastDetails, onWait }
  const { services } = options
  const execution =
    beginning._tag === "Interrupted"
      ? yield* cutShort(step, attempt, "interrupted", `step ${name} was begun by a worker that was not heard of again`)
      : yield* executeAttended(runs, { step, delivery, message, request, services, mark: beginning.mark })
  return yield* settleStep(runs, delivery, message, step, request, execution, startedAt)
}

/** What becomes of its message. */
function* settleStep(
  runs: Runs["Service"],
  delivery: Delivery,
  message: StepRequest,
  step: AnyStep,
  request: ExecutionRequest,
  ended: Execution | Unwanted,
  startedAt: number
) {
  const { attempt } = message
  const { queue } = yield* services
  let execution = ended
  if (execution._tag === "Done" && execution.plan !== undefined) {
    const written = yield* writeTogether(step, message, { ...execution, plan: execution.plan }, startedAt)
    if (written._tag === "Stands") return yield* runs.deliver(message.runId, [written.row], [delivery])
    execution = written.execution
  }
  if (execution._tag === "Unwanted") {
    yield* Effect.logInfo(`${stepOf(message)} was stopped: nobody waits for it any more`)
    return yield* queue.complete([delivery])
  }
  if (execution.because !== undefined) yield* tellFailedAttempt(step, request, execution)
  if (execution._tag === "Done")
    return yield* answer(runs, delivery, message, execution.outcome, startedAt, execution.execution)
  const what = stepOf(message)
  const now = yield* currentMillis
  const lastError = execution.because
  const tries = withTry(message.tries, { attempt, at: now, error: lastError })
  const { cameBefore: _, ...rest } = message
  const next = { ...rest, attempt: attempt + 1, lastError, tries, notBefore: now + execution.delayMs }
  // Its code has run: with the message as it is, it would run again as the same attempt, and again.
  return yield* Effect.catchTag(insist(what, queue.replace(delivery, next)), "StoreRefused", (refused) =>
    answer(runs, delivery, message, unsentAttempt(message.name, attempt, refused), startedAt)
  )
}

const heldPlace = Effect.withFiberSucceed((fiber) => fiber.getRef(Place))

const unmarked = { _tag: "Begun", mark: undefined } as const

/** Those that cannot be read are as good as none: the code begins from its start. */
const loadDetails = (mark: StepMark) =>
  mark.details === undefined
    ? Effect.succeed(undefined)
    : Effect.orElseSucceed(insist("a step's last details", load(mark.details)), () => undefined)

/** Its input cannot be read now. As a message of its own: no attempt was made, and no receipt is to count. */
const putOff = Effect.fnUntraced(function* (
  queue: StepQueue["Service"],
  delivery: Delivery,
  message: StepRequest,
  { _tag, message: why }: StoreUnavailable | StoreRefused
) {
  const delayMs = yield* backoffMs(1, _tag === "StoreRefused" ? 60_000 : 2_000, 60_000)
  yield* Effect.logWarning(`the store is away (${why}); ${stepOf(message)} is put off for ${delayMs} ms`)
  return yield* queue.replace(delivery, ownMessage(message, (yield* currentMillis) + delayMs))
})

const stepOf = ({ key, runId }: StepRequest): string => `step ${key} of run ${placeOfAddress(runId)}`

/** The outcome, and with it in hand the next turn at once: the doorbell will find nothing left to do. */
const answer = (
  runs: Runs["Service"],
  delivery: Delivery,
  message: StepRequest,
  outcome: Outcome,
  startedAt: number,
  execution?: string
) =>
  Effect.catchTag(give(runs, delivery, message, outcome, startedAt, execution), "StoreRefused", (refused) =>
    give(runs, delivery, message, refusedOutcome(message.name, message.attempt, refused), startedAt, execution)
  )

const give = (
  runs: Runs["Service"],
  delivery: Delivery,
  message: StepRequest,
  { tag, payload: whole }: Outcome,
  startedAt: number,
  execution?: string
) => {
  const { runId, key, fingerprint, attempt: attempts, tries } = message
  const told = { ...(tries === undefined ? {} : { tries }), ...(execution === undefined ? {} : { execution }) }
  const deliver = (payload: Payload) =>
    Effect.withFiber((fiber) => {
      const at = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
      const outcome = { tag, payload }
      const row = { kind: "step", at, key, fingerprint, outcome, attempts, startedAt, ...told } as const
      return runs.deliver(runId, [row], [delivery])
    })
  return isSurelySmall(whole) ? deliver(whole) : Effect.flatMap(insist(stepOf(message), offload(whole, runId)), deliver)
}

/** A message that was received too often: its run is told, so that it does not wait for ever (L3). */
export const handleDeadLetter = Effect.fnUntraced(function* (delivery: Delivery, options: StepWorkerOptions) {
  const { message } = delivery
  if (message.kind !== "step") return yield* handleDelivery(delivery, options)
  const queue = yield* StepQueue
  const runs = yield* Runs
  const now = yield* currentMillis
  const fence = yield* askFence(runs, delivery, message, now)
  if (fence === "pending") return yield* handBack(queue, delivery)
  if (fence === "stale") return yield* queue.complete([delivery])
  yield* Effect.logWarning(`step ${message.key} of run ${placeOfAddress(message.runId)} is a dead letter`)
  instruments.deadLetters.add(options.services, 1, message.name)
  const failure = new StepFailed({
    message: `step ${message.name} was taken up again and again and never answered: its worker dies, or never gets to its end`,
    step: message.name,
    reason: "deadLetter",
    attempts: message.attempt
  })
  return yield* answer(runs, delivery, message, stepFailedOutcome(failure), 0)
})
