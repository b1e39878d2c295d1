import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Result from "effect/Result"
import type { AnyStep, StepContext } from "../../actor/definitions/definition.ts"
import { delayOf, RetryAfter } from "../../actor/definitions/retryAfter.ts"
import { retryDelayMs } from "../../actor/definitions/retryPolicy.ts"
import { isRetryable, type RetryReason } from "../../actor/definitions/retryRule.ts"
import { StepFailed, TransactionCancelled } from "../../actor/errors.ts"
import { isEmitError } from "../../actor/history/output/emitted.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import { defectToJson, describeDefect, isA, read } from "../../actor/values/defect.ts"
import { isMeant } from "../../actor/values/isMeant.ts"
import type { Json } from "../../actor/values/json.ts"
import { Beats } from "./beats.ts"
import type { Attend, Done, Execution, ExecutionRequest, Unwanted } from "./execution.ts"
import { ExecutionContext, LazyAbort } from "./executionContext.ts"
import { attemptAnnotations, defectText, errorText } from "./failedAttempt.ts"
import { LazyOutput } from "./stepOutput.ts"
import { toldAttempt } from "./toldAttempt.ts"
import { readPlan } from "./transactions/plan.ts"

/**
 * Run a step's code once: decode, execute under its timeout, encode. Total: whatever the code does becomes an outcome or a
 * retry, but for an interruption from outside, which is passed on (the worker is shutting down and hands the step back).
 */
export const executeStep = (
  step: AnyStep,
  request: ExecutionRequest,
  services: Context.Context<never>
): Effect.Effect<Execution> => attendStep(step, request, services, undefined) as Effect.Effect<Execution>

/** The same, with somebody who looks after it while it is under way, and may stop it. */
export const attendStep = (
  step: AnyStep,
  request: ExecutionRequest,
  services: Context.Context<never>,
  attend: Attend | undefined
): Effect.Effect<Execution | Unwanted> =>
  toldAttempt(step, request, services, (within) =>
    // Whatever is thrown, even outside of the step's own code, ends this attempt. It must not make the queue deliver the message again.
    Effect.catchDefect(execute(step, request, within, attend), (defect) => ofDefect(step, request.attempt, defect))
  )

const execute = (
  step: AnyStep,
  request: ExecutionRequest,
  services: Context.Context<never>,
  attend: Attend | undefined
): Effect.Effect<Execution | Unwanted> =>
  Effect.suspend(() => {
    const { attempt } = request
    const decoded = step.input().decode(request.input)
    if (Result.isFailure(decoded)) {
      return Effect.succeed(
        died(step, attempt, "invalidInput", `input of step ${step.stepName} does not decode: ${decoded.failure}`)
      )
    }
    if (step.heartbeatMs === undefined) return underWay(step, request, decoded.success, services, attend, undefined)
    const clock = Context.get(services, Clock.Clock)
    const beats = new Beats(step, step.heartbeatMs, detailsOf(step, request), clock)
    request.onBeats?.(beats)
    return underWay(step, request, decoded.success, services, attend, beats)
  })

/** What today's schema does not read is as good as nothing told: the step begins from its start. */
const detailsOf = (step: AnyStep, { lastDetails }: ExecutionRequest): unknown => {
  if (lastDetails === undefined || step.details === undefined) return undefined
  const decoded = step.details().decode(lastDetails)
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

const underWay = (
  step: AnyStep,
  request: ExecutionRequest,
  input: unknown,
  services: Context.Context<never>,
  attend: Attend | undefined,
  beats: Beats | undefined
): Effect.Effect<Execution | Unwanted> => {
  const { attempt } = request
  const abort = new LazyAbort()
  const output = new LazyOutput(request, services)
  const context: StepContext<any> = new ExecutionContext(request, abort, beats, output)
  // A fiber of its own, with the services of steps and no others.
  const fiber = Effect.runForkWith(annotated(services, step, request))(runCode(step, input, context))
  const exit = fiber.pollUnsafe()
  // Code that ends at once, the common case of small steps, costs no timer and no second wake-up.
  const settled = (ended: Ending) => {
    if (output.isUsed) return withOutput(step, attempt, output, settle(step, attempt, ended))
    output.seal()
    return settle(step, attempt, ended)
  }
  if (exit === undefined) return Effect.flatMap(endOf(fiber, step, abort, beats, attend), settled)
  beats?.end()
  return settled(exit)
}

/** All that was emitted is in its streams before the outcome is told, and the outcome says whose it is. */
const withOutput = (
  step: AnyStep,
  attempt: number,
  output: LazyOutput,
  execution: Effect.Effect<Execution | Unwanted>
): Effect.Effect<Execution | Unwanted> =>
  Effect.flatMap(output.end(), (refused) =>
    Effect.map(execution, (ended) => {
      if (ended._tag !== "Done") return ended
      const done = refused === undefined ? ended : died(step, attempt, "stream", refused.message)
      return { ...done, execution: output.execution }
    })
  )

const annotated = (services: Context.Context<never>, step: AnyStep, request: ExecutionRequest) =>
  Context.add(services, References.CurrentLogAnnotations, {
    ...Context.get(services, References.CurrentLogAnnotations),
    ...attemptAnnotations(step, request)
  })

/** Step code is an Effect, or an async function. What it throws, at once or later, is a typed error if it is meant as one that the step declares. */
const runCode = (step: AnyStep, input: unknown, context: StepContext<any>): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => {
    const thrown = (error: unknown) => (isMeant(step.error(), error) ? Effect.fail(error) : Effect.die(error))
    try {
      const result = step.execute(input, context)
      if (Effect.isEffect(result)) return result as Effect.Effect<unknown, unknown>
      return Effect.callback<unknown, unknown>((resume) => {
        Promise.resolve(result).then(
          (value) => resume(Effect.succeed(value)),
          (error) => resume(thrown(error))
        )
      })
    } catch (error) {
      return thrown(error)
    }
  })

type Stopped = "timeout" | "heartbeat" | "unwanted"
type Ending = Exit.Exit<unknown, unknown> | Stopped

/** The exit of the code, or why it is not waited for any longer. */
const endOf = (
  fiber: Fiber.Fiber<unknown, unknown>,
  { timeoutMs }: AnyStep,
  abort: LazyAbort,
  beats: Beats | undefined,
  attend: Attend | undefined
): Effect.Effect<Ending> => {
  let leave: (() => void) | undefined
  const ended: Effect.Effect<Ending> =
    attend === undefined
      ? Fiber.await(fiber)
      : Effect.callback((resume) => {
          fiber.addObserver((exit) => resume(Effect.succeed(exit)))
          leave = attend(() => resume(Effect.succeed("unwanted")))
        })
  const limited = Number.isFinite(timeoutMs)
    ? Effect.map(
        Effect.timeoutOption(ended, timeoutMs),
        Option.getOrElse(() => "timeout" as const)
      )
    : ended
  const watched = beats === undefined ? limited : Effect.raceFirst(limited, beats.missed)
  // The outcome does not wait for code that ignores its interruption: it is interrupted, and left to itself.
  return Effect.onExit(watched, (exit) => {
    leave?.()
    beats?.end()
    if (Exit.isSuccess(exit) && typeof exit.value !== "string") return Effect.void
    abort.abort(Exit.isSuccess(exit) ? whyStopped[exit.value as Stopped] : whyStopped.shutdown)
    return Effect.sync(() => fiber.interruptUnsafe())
  })
}

const whyStopped = {
  timeout: "the step took too long",
  heartbeat: "the step has missed its heartbeat",
  unwanted: "nobody waits for the step any more",
  shutdown: "the worker shuts down"
}

const settle = (step: AnyStep, attempt: number, ended: Ending): Effect.Effect<Execution | Unwanted> => {
  if (typeof ended === "string") return stopped(step, attempt, ended as Stopped)
  if (Exit.isSuccess(ended)) return Effect.succeed(succeeded(step, attempt, ended.value))
  const error = Cause.findErrorOption(ended.cause)
  if (Option.isNone(error)) return ofDefect(step, attempt, Cause.squash(ended.cause))
  const { value } = error
  if (isA(RetryAfter, value)) return asAsked(step, attempt, value)
  return retryOr(step, attempt, value, undefined, errorText(value), () => failed(step, attempt, value))
}

const stopped = (step: AnyStep, attempt: number, ended: Stopped): Effect.Effect<Execution | Unwanted> => {
  if (ended === "unwanted") return Effect.succeed({ _tag: "Unwanted" })
  const message =
    ended === "timeout"
      ? `step ${step.stepName} took longer than ${step.timeoutMs} ms`
      : `step ${step.stepName} gave no heartbeat for ${step.heartbeatMs} ms`
  return cutShort(step, attempt, ended, message)
}

/** An attempt that came to no end of its own. */
export const cutShort = (
  step: AnyStep,
  attempt: number,
  reason: "timeout" | "heartbeat" | "interrupted",
  message: string
): Effect.Effect<Execution> =>
  retryOr(step, attempt, new Error(message), reason, message, () => died(step, attempt, reason, message))

const ofDefect = (step: AnyStep, attempt: number, defect: unknown): Effect.Effect<Execution> => {
  if (isA(RetryAfter, defect)) return asAsked(step, attempt, defect)
  // Another attempt would emit the same.
  if (isEmitError(defect)) return Effect.succeed(died(step, attempt, "stream", defect.message))
  return retryOr(step, attempt, defect, "defect", defectText(defect), () =>
    died(step, attempt, "defect", `step ${step.stepName}: ${describeDefect(defect)}`, { thrown: defect })
  )
}

/** An error that says when. With the attempts used up it is what it was caused by, where the step declares that. */
const asAsked = (step: AnyStep, attempt: number, asked: RetryAfter): Effect.Effect<Execution> => {
  const { cause } = asked
  const because = cause === undefined ? defectText(asked) : `RetryAfter, by ${errorText(cause)}`
  if (attempt < step.retry.attempts)
    return Effect.map(Clock.currentTimeMillis, (now) => ({ _tag: "Retry", delayMs: delayOf(asked, now), because }))
  if (cause !== undefined && Result.isSuccess(step.error().encode(cause as never)))
    return Effect.succeed({ ...failed(step, attempt, cause), because })
  const message = `step ${step.stepName}: ${describeDefect(asked)}`
  return Effect.succeed({ ...died(step, attempt, "defect", message, { thrown: asked }), because })
}

const retryOr = (
  step: AnyStep,
  attempt: number,
  error: unknown,
  reason: RetryReason | undefined,
  because: string,
  last: () => Execution
): Effect.Effect<Execution> =>
  Effect.map(Random.next, (random) => {
    let told = because
    const isTried = isRetryable(step.retry, error, reason, (rule, fault) => {
      told += `; its ${rule} does not count: ${defectText(fault)}`
    })
    const delayMs = isTried ? retryDelayMs(step.retry, attempt, random) : undefined
    return delayMs === undefined ? { ...last(), because: told } : { _tag: "Retry", delayMs, because: told }
  })

/** Nothing of its plan was written: `error` says why. `isFinal`: another attempt would come to the same. */
export const unwritten = (
  step: AnyStep,
  attempt: number,
  plan: NonNullable<Done["plan"]>,
  error: Error,
  isFinal: boolean
): Effect.Effect<Execution> => {
  const message = `step ${step.stepName}: ${error.message}`
  const last = () => died(step, attempt, "transaction", message, { thrown: error })
  if (isFinal) return Effect.succeed(last())
  let told: unknown
  try {
    told = isA(TransactionCancelled, error) ? plan.onCancelled?.(error) : undefined
  } catch (thrown) {
    return ofDefect(step, attempt, thrown)
  }
  if (isA(RetryAfter, told)) return asAsked(step, attempt, told)
  return told === undefined
    ? retryOr(step, attempt, error, "transaction", error.message, last)
    : retryOr(step, attempt, told, undefined, errorText(told), () => failed(step, attempt, told))
}

/** The outcome that stands if all of the plan is written. */
const planned = (step: AnyStep, attempt: number, answer: unknown): Execution => {
  const plan = readPlan(answer)
  if (typeof plan === "string")
    return died(step, attempt, "invalidOutput", `transaction of step ${step.stepName} gives no plan: ${plan}`)
  const execution = withOutputOf(step, attempt, plan.output)
  return execution._tag === "Done" && execution.outcome.tag === "succeeded" ? { ...execution, plan } : execution
}

const succeeded = (step: AnyStep, attempt: number, value: unknown): Execution =>
  step.isTransaction ? planned(step, attempt, value) : withOutputOf(step, attempt, value)

const withOutputOf = (step: AnyStep, attempt: number, value: unknown): Execution => {
  const encoded = step.output().encode(value as never)
  return Result.isSuccess(encoded)
    ? { _tag: "Done", outcome: { tag: "succeeded", payload: encoded.success.payload } }
    : died(
        step,
        attempt,
        "invalidOutput",
        `output of step ${step.stepName} does not fit its schema: ${encoded.failure}`
      )
}

const failed = (step: AnyStep, attempt: number, error: unknown): Execution => {
  const encoded = step.error().encode(error as never)
  return Result.isSuccess(encoded)
    ? { _tag: "Done", outcome: { tag: "failed", payload: encoded.success.payload } }
    : died(
        step,
        attempt,
        "invalidError",
        `error of step ${step.stepName} does not fit its schema: ${encoded.failure}`,
        { thrown: error }
      )
}

const died = (
  step: AnyStep,
  attempts: number,
  reason: StepFailed["reason"],
  message: string,
  cause?: { readonly thrown: unknown }
): Done => {
  const told = cause === undefined ? undefined : defectToJson(cause.thrown)
  const failure = { message, step: step.stepName, reason, attempts, ...whatHappened(told) }
  return {
    _tag: "Done",
    because: reason === "invalidError" ? `an error that does not fit its schema: ${errorText(cause?.thrown)}` : message,
    outcome: stepFailedOutcome(new StepFailed(told === undefined ? failure : { ...failure, cause: told }))
  }
}

/** What workflows branch on stands beside the cause, so that it has a type. */
const whatHappened = (cause: Json | undefined): Pick<StepFailed, "code" | "status"> => {
  const code = read(cause, "code")
  const status = read(cause, "status") ?? read(cause, "statusCode")
  return {
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof status === "number" ? { status } : {})
  }
}
