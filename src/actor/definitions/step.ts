import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { StepFailed } from "../errors.ts"
import { lazyCodec, type Storable } from "../values/codec.ts"
import { isA } from "../values/defect.ts"
import { assertKnown, assertSchema, durationMs, show } from "./assertOptions.ts"
import type { AnyStep, CallOptions, Step, StepContext } from "./definition.ts"
import { assertName } from "./name.ts"
import { makeRetryPolicy, type RetryOptions } from "./retryPolicy.ts"
import type { Run } from "./run.ts"
import { RunPortKey } from "./runPort.ts"

export interface StepOptions<In, Out, Err, R> {
  readonly input: Storable<In>
  readonly output: Storable<Out>
  /** The errors that the step may answer with. Default: none; whatever else is thrown is a defect and ends in `StepFailed`. */
  readonly error?: Storable<Err>
  readonly retry?: RetryOptions
  /** For one execution, 1 ms or more. Default: 1 minute. `"Infinity"` for none. */
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
  assertStep(`step ${name}`, options)
  const call = (input: In, callOptions?: CallOptions) =>
    Effect.flatMap(RunPortKey, (port): Effect.Effect<Out, Err> => port.step(step as AnyStep, input, callOptions?.key))
  const step: Step<Name, In, Out, Err, R> = Object.assign(call, {
    orFail: (input: In, callOptions?: CallOptions) => failuresAsErrors(call(input, callOptions)),
    stepName: name,
    input: lazyCodec(options.input),
    output: lazyCodec(options.output),
    error: lazyCodec(options.error ?? (Schema.Never as unknown as Storable<Err>)),
    retry: makeRetryPolicy(options.retry, `step ${name}: retry`),
    timeoutMs: timeoutMs(`step ${name}: timeout`, options.timeout ?? "1 minute"),
    inline: options.inline ?? false,
    execute: options.run
  })
  return step
}

const assertStep = (what: string, options: StepOptions<any, any, any, any>): void => {
  assertKnown(what, options, ["input", "output", "error", "retry", "timeout", "inline", "run"])
  assertSchema(what, "input", options.input)
  assertSchema(what, "output", options.output)
  if ("error" in options) assertSchema(what, "error", options.error)
  if (typeof options.run !== "function") throw new TypeError(`${what}: run is no function`)
  const { inline = false } = options
  if (typeof inline !== "boolean") throw new TypeError(`${what}: inline is ${show(inline)}: true or false`)
}

const timeoutMs = (what: string, input: Duration.Input): number => {
  const ms = durationMs(what, input)
  if (ms >= 1) return ms
  throw new RangeError(`${what} is ${show(input)}: 1 ms or more; "Infinity" for none`)
}

const failuresAsErrors = <Out, Err>(effect: Effect.Effect<Out, Err, Run>): Effect.Effect<Out, Err | StepFailed, Run> =>
  Effect.catchDefect(
    effect,
    (defect): Effect.Effect<never, StepFailed> => (isA(StepFailed, defect) ? Effect.fail(defect) : Effect.die(defect))
  )
