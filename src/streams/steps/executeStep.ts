import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Result from "effect/Result"
import type { AnyStep, StepContext } from "../../actor/definitions/definition.ts"
import { isRetryable, retryDelayMs } from "../../actor/definitions/retryPolicy.ts"
import { StepFailed } from "../../actor/errors.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import { defectToJson, describeDefect, read } from "../../actor/values/defect.ts"
import type { Json } from "../../actor/values/json.ts"
import type { Execution, ExecutionRequest } from "./execution.ts"
import { attemptAnnotations, defectText, errorText } from "./failedAttempt.ts"
import { idempotencyKeyOf } from "./idempotencyKey.ts"

/**
 * Run a step's code once: decode, execute under its timeout, encode. Total: whatever the code does becomes an outcome or a
 * retry, but for an interruption from outside, which is passed on (the worker is shutting down and hands the step back).
 */
export const executeStep = (
  step: AnyStep,
  request: ExecutionRequest,
  services: Context.Context<never>
): Effect.Effect<Execution> =>
  // Whatever is thrown, even outside of the step's own code, ends this attempt. It must not make the queue deliver the message again.
  Effect.catchDefect(execute(step, request, services), (defect) => ofDefect(step, request.attempt, defect))

const execute = (
  step: AnyStep,
  request: ExecutionRequest,
  services: Context.Context<never>
): Effect.Effect<Execution> =>
  Effect.suspend(() => {
    const { attempt } = request
    const decoded = step.input().decode(request.input)
    if (Result.isFailure(decoded)) {
      return Effect.succeed(
        died(step, attempt, "invalidInput", `input of step ${step.stepName} does not decode: ${decoded.failure}`)
      )
    }
    const abort = new LazyAbort()
    const context: StepContext = new ExecutionContext(request, abort)
    // A fiber of its own, with the services of steps and no others.
    const fiber = Effect.runForkWith(annotated(services, step, request))(runCode(step, decoded.success, context))
    const exit = fiber.pollUnsafe()
    // Code that ends at once, the common case of small steps, costs no timer and no second wake-up.
    if (exit !== undefined) return settle(step, attempt, exit)
    return Effect.flatMap(exitWithin(fiber, step.timeoutMs, abort), (ended) => settle(step, attempt, ended))
  })

const annotated = (services: Context.Context<never>, step: AnyStep, request: ExecutionRequest) =>
  Context.add(services, References.CurrentLogAnnotations, {
    ...Context.get(services, References.CurrentLogAnnotations),
    ...attemptAnnotations(step, request)
  })

/** Few steps look at their signal, and making one costs as much as running a small step. */
class LazyAbort {
  private controller: AbortController | undefined
  private isAborted = false

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.isAborted) this.controller.abort()
    return this.controller.signal
  }

  abort(): void {
    this.isAborted = true
    this.controller?.abort()
  }
}

const abortOf = Symbol("abort")

/** The same for all contexts: a getter in an object literal is a hidden class of its own for each object, and is kept with all that it reaches. */
const signalProperty: PropertyDescriptor & ThisType<ExecutionContext> = {
  enumerable: true,
  get() {
    return this[abortOf].signal
  }
}

class ExecutionContext {
  readonly runId: string
  readonly attempt: number
  readonly idempotencyKey: string
  declare readonly [abortOf]: LazyAbort
  declare readonly signal: AbortSignal

  constructor({ runId, key, attempt }: ExecutionRequest, abort: LazyAbort) {
    this.runId = runId
    this.attempt = attempt
    this.idempotencyKey = idempotencyKeyOf(runId, key)
    // Not seen in a copy, nor where the context is printed.
    Object.defineProperty(this, abortOf, { value: abort })
    // Its own, so that a copy of the context has it.
    Object.defineProperty(this, "signal", signalProperty)
  }
}

/** Step code is an Effect, or an async function. What it throws, at once or later, is a typed error if the error schema takes it. */
const runCode = (step: AnyStep, input: unknown, context: StepContext): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => {
    const thrown = (error: unknown) =>
      Result.isSuccess(step.error().encode(error as never)) ? Effect.fail(error) : Effect.die(error)
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

/** The exit of the code, or undefined after `timeoutMs`. */
const exitWithin = (
  fiber: Fiber.Fiber<unknown, unknown>,
  timeoutMs: number,
  abort: LazyAbort
): Effect.Effect<Exit.Exit<unknown, unknown> | undefined> => {
  const ended = Fiber.await(fiber)
  const limited = Number.isFinite(timeoutMs)
    ? Effect.map(Effect.timeoutOption(ended, timeoutMs), Option.getOrUndefined)
    : ended
  // The outcome does not wait for code that ignores its interruption: it is interrupted, and left to itself.
  return Effect.onExit(limited, (exit) => {
    if (Exit.isSuccess(exit) && exit.value !== undefined) return Effect.void
    abort.abort()
    return Effect.sync(() => fiber.interruptUnsafe())
  })
}

const settle = (
  step: AnyStep,
  attempt: number,
  exit: Exit.Exit<unknown, unknown> | undefined
): Effect.Effect<Execution> => {
  if (exit === undefined) {
    const message = `step ${step.stepName} took longer than ${step.timeoutMs} ms`
    return retryOr(step, attempt, new Error(message), message, () => died(step, attempt, "timeout", message))
  }
  if (Exit.isSuccess(exit)) return Effect.succeed(succeeded(step, attempt, exit.value))
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) {
    return retryOr(step, attempt, error.value, errorText(error.value), () => failed(step, attempt, error.value))
  }
  return ofDefect(step, attempt, Cause.squash(exit.cause))
}

const ofDefect = (step: AnyStep, attempt: number, defect: unknown): Effect.Effect<Execution> => {
  return retryOr(step, attempt, defect, defectText(defect), () =>
    died(step, attempt, "defect", `step ${step.stepName}: ${describeDefect(defect)}`, { thrown: defect })
  )
}

const retryOr = (
  step: AnyStep,
  attempt: number,
  error: unknown,
  because: string,
  last: () => Execution
): Effect.Effect<Execution> =>
  Effect.map(Random.next, (random) => {
    const delayMs = isRetryable(step.retry, error) ? retryDelayMs(step.retry, attempt, random) : undefined
    return delayMs === undefined ? { ...last(), because } : { _tag: "Retry", delayMs, because }
  })

const succeeded = (step: AnyStep, attempt: number, value: unknown): Execution => {
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
): Execution => {
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
