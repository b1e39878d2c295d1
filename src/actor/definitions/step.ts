import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { StepFailed } from "../errors.ts"
import { type Codec, lazyCodec, type Storable } from "../values/codec.ts"
import { assertName } from "./name.ts"
import { makeRetryPolicy, type RetryOptions, type RetryPolicy } from "./retryPolicy.ts"
import { type Run, RunPortKey } from "./run.ts"

/** What the code of a step is told about its execution. */
export interface StepContext {
  /** Run id and command key: the same for every execution of this command. Hand it to services that take one. */
  readonly idempotencyKey: string
  readonly runId: string
  /** 1 for the first execution that this worker knows of. */
  readonly attempt: number
  /** Aborted when the step times out or the worker shuts down. For code that is not an Effect. */
  readonly signal: AbortSignal
}

export interface StepOptions<In, Out, Err, R> {
  readonly input: Storable<In>
  readonly output: Storable<Out>
  /** The errors that the step may answer with. Default: none; whatever else is thrown is a defect and ends in `StepFailed`. */
  readonly error?: Storable<Err>
  readonly retry?: RetryOptions
  /** For one execution. Default: 1 minute. `"Infinity"` for none. */
  readonly timeout?: Duration.Input
  /**
   * Run inside the turn: no queue, no second wake-up, one write. For quick calls; long work holds up the run's other messages.
   * Two turns that race may both run it (the first outcome wins).
   */
  readonly inline?: boolean
  /** An Effect (its services come from the host's layers) or an async function. May run more than once: see `idempotencyKey`. */
  readonly run: (
    input: NoInfer<In>,
    context: StepContext
  ) => Effect.Effect<NoInfer<Out>, NoInfer<Err>, R> | PromiseLike<NoInfer<Out>>
}

/**
 * A unit of work with a durable outcome (Temporal calls it an activity). Calling it in a workflow gives an Effect that asks
 * for one execution; the code itself runs on a worker, at least once, and its first outcome is the outcome.
 */
export interface Step<Name extends string, In, Out, Err, R> {
  (input: In, options?: CallOptions): Effect.Effect<Out, Err, Run>
  /** The same, with failures of the runtime's kind (`StepFailed`) in the error channel instead of as defects. */
  readonly orFail: (input: In, options?: CallOptions) => Effect.Effect<Out, Err | StepFailed, Run>
  readonly stepName: Name
  readonly input: () => Codec<In>
  readonly output: () => Codec<Out>
  readonly error: () => Codec<Err>
  readonly retry: RetryPolicy
  readonly timeoutMs: number
  readonly inline: boolean
  readonly execute: (input: In, context: StepContext) => Effect.Effect<Out, Err, R> | PromiseLike<Out>
}

export interface CallOptions {
  /** Names the command `<step>:<key>` instead of `<step>#<occurrence>`; unique within the run. */
  readonly key?: string
}

export type AnyStep = Step<string, any, any, any, any>

/**
 * @example
 * const chargeCard = defineStep("chargeCard", {
 *   input: Order, output: Receipt, error: CardDeclined,
 *   retry: { attempts: 5, initial: "1 second", nonRetryable: ["CardDeclined"] },
 *   timeout: "30 seconds",
 *   run: (order, { idempotencyKey }) => payments.charge(order, idempotencyKey)
 * })
 */
export const defineStep = <const Name extends string, In, Out, Err = never, R = never>(
  name: Name,
  options: StepOptions<In, Out, Err, R>
): Step<Name, In, Out, Err, R> => {
  assertName("step", name)
  const call = (input: In, callOptions?: CallOptions) =>
    Effect.flatMap(RunPortKey, (port): Effect.Effect<Out, Err> => port.step(step as AnyStep, input, callOptions?.key))
  const step: Step<Name, In, Out, Err, R> = Object.assign(call, {
    orFail: (input: In, callOptions?: CallOptions) => failuresAsErrors(call(input, callOptions)),
    stepName: name,
    input: lazyCodec(options.input),
    output: lazyCodec(options.output),
    error: lazyCodec(options.error ?? (Schema.Never as unknown as Storable<Err>)),
    retry: makeRetryPolicy(options.retry),
    timeoutMs: Duration.toMillis(Duration.fromInputUnsafe(options.timeout ?? "1 minute")),
    inline: options.inline ?? false,
    execute: options.run
  })
  return step
}

const failuresAsErrors = <Out, Err>(effect: Effect.Effect<Out, Err, Run>): Effect.Effect<Out, Err | StepFailed, Run> =>
  Effect.catchDefect(
    effect,
    (defect): Effect.Effect<never, StepFailed> =>
      defect instanceof StepFailed ? Effect.fail(defect) : Effect.die(defect)
  )
