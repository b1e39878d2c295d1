import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { StepFailed } from "../errors.ts"
import { lazyCodec, type Storable } from "../values/codec.ts"
import { isA } from "../values/defect.ts"
import { assertKnown, assertSchema, durationMs, show } from "./assertOptions.ts"
import type { Answered, AnyStep, CallOptions, Step, StepContext } from "./definition.ts"
import { assertLimit } from "./limits/assertLimit.ts"
import type { LimitUse } from "./limits/limitUse.ts"
import { assertName } from "./name.ts"
import type { RetryAfter } from "./retryAfter.ts"
import { makeRetryPolicy, type RetryOptions } from "./retryPolicy.ts"
import type { RetryName } from "./retryRule.ts"
import type { Run } from "./run.ts"
import { askPort } from "./runPort.ts"
import type { TransactionPlan } from "./transactions/transaction.ts"

export interface StepSettings<In, Out, Err, Details = never> {
  readonly input: Storable<In>
  readonly output: Storable<Out>
  /** The errors that the step may answer with. Default: none; whatever else is thrown is a defect and ends in `StepFailed`. */
  readonly error?: Storable<Err>
  readonly retry?: RetryOptions<RetryName<NoInfer<Err>>>
  /** For one execution, from its start to its end, 1 ms or more. Default: 1 minute. `"Infinity"` for none. */
  readonly timeout?: Duration.Input
  /** The same by its longer name: from an execution's start to its end. */
  readonly startToClose?: Duration.Input
  /**
   * From the call until the first execution begins, 1 ms or more. A step that nobody has begun by then fails with `StepFailed`, reason
   * `scheduleToStart`, and never runs. Costs a write an execution, and a timer. Default: none.
   */
  readonly scheduleToStart?: Duration.Input
  /**
   * The longest silence between two calls of `context.heartbeat`, from the start on: an attempt that is silent for longer has failed, reason `heartbeat`.
   * A step whose worker dies is with another one after as long. 1 ms or more; SQS counts in seconds. Default: none.
   */
  readonly heartbeat?: Duration.Input
  /**
   * What heartbeats tell, for the next execution to go on from (`context.lastDetails`). Written down ten times in the time of a `heartbeat` at the most; the last
   * ones of an attempt that fails always are.
   */
  readonly details?: Storable<Details>
  /**
   * Begin no attempt twice: one whose worker died is a failed attempt (reason `interrupted`), where otherwise the attempt is made again. Costs a write an
   * execution, before the code runs. With `retry: { attempts: 1 }` the code runs once or not at all. Default: false.
   */
  readonly atMostOnce?: boolean
  /**
   * Run inside the turn: no queue, no second wake-up, one write. For quick calls; long work holds up the run's other messages.
   * Two turns that race may both run it (the first outcome wins).
   */
  readonly inline?: boolean
  /**
   * What each call waits for before the step is asked for: a place of this limit, which it keeps until it has an outcome, through all of its attempts. Default: none.
   *
   * @example
   * limit: { limit: stripe, key: (order) => order.account }
   */
  readonly limit?: LimitUse<NoInfer<In>>
}

export interface StepOptions<In, Out, Err, R, Details = never> extends StepSettings<In, Out, Err, Details> {
  /** An Effect (its services come from the host's layers) or an async function. May run more than once: see `idempotencyKey`. */
  readonly run: (
    input: NoInfer<In>,
    context: StepContext<NoInfer<Details>>
  ) => Answered<NoInfer<Out>, NoInfer<Err> | RetryAfter, R>
  readonly transaction?: undefined
}

export interface TransactionStepOptions<In, Out, Err, R, Details = never> extends StepSettings<In, Out, Err, Details> {
  /**
   * For a step whose effect is writes to DynamoDB, or to tables of yours in the engine's SQLite file: they are committed in one transaction with
   * its outcome, and so they take place exactly once, whatever crashes. The code says what is to be written and writes nothing itself; it may run
   * more than once. As `run`, or the plan itself where there is nothing to wait for. Not for `inline` steps.
   *
   * @example
   * transaction: ({ from, to, cents }) => ({
   *   items: [
   *     { Update: { TableName: accounts, Key: { id: from }, UpdateExpression: "ADD cents :c", ConditionExpression: "cents >= :n",
   *         ExpressionAttributeValues: { ":c": -cents, ":n": cents } } },
   *     { Update: { TableName: accounts, Key: { id: to }, UpdateExpression: "ADD cents :c", ExpressionAttributeValues: { ":c": cents } } }
   *   ],
   *   output: { moved: cents },
   *   onCancelled: () => new NotEnough({ from })
   * })
   */
  readonly transaction: (
    input: NoInfer<In>,
    context: StepContext<NoInfer<Details>>
  ) =>
    | TransactionPlan<NoInfer<Out>, NoInfer<Err>>
    | Answered<TransactionPlan<NoInfer<Out>, NoInfer<Err>>, NoInfer<Err> | RetryAfter, R>
  readonly run?: undefined
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
export const defineStep = <const Name extends string, In, Out, Err = never, R = never, Details = never>(
  name: Name,
  options: StepOptions<In, Out, Err, R, Details> | TransactionStepOptions<In, Out, Err, R, Details>
): Step<Name, In, Out, Err, R> => {
  assertName("step", name)
  assertStep(`step ${name}`, options)
  return makeStep(name, options)
}

/** Without a look at its name: those of the runtime's own steps are no user's. */
export const makeStep = <const Name extends string, In, Out, Err, R, Details = never>(
  name: Name,
  options: StepOptions<In, Out, Err, R, Details> | TransactionStepOptions<In, Out, Err, R, Details>
): Step<Name, In, Out, Err, R> => {
  const call = (input: In, callOptions?: CallOptions) =>
    askPort((port): Effect.Effect<Out, Err> => port.step(step as AnyStep, input, callOptions?.key))
  const step: Step<Name, In, Out, Err, R> = Object.assign(call, {
    orFail: (input: In, callOptions?: CallOptions) => failuresAsErrors(call(input, callOptions)),
    stepName: name,
    input: lazyCodec(options.input),
    output: lazyCodec(options.output),
    error: lazyCodec(options.error ?? (Schema.Never as unknown as Storable<Err>)),
    retry: makeRetryPolicy(options.retry, `step ${name}: retry`),
    ...timesOf(`step ${name}`, options),
    details: options.details === undefined ? undefined : lazyCodec(options.details),
    atMostOnce: options.atMostOnce ?? false,
    inline: options.inline ?? false,
    limit: options.limit,
    isTransaction: options.transaction !== undefined,
    execute: (options.run ?? options.transaction) as Step<Name, In, Out, Err, R>["execute"]
  })
  return step
}

const assertStep = (
  what: string,
  options: StepOptions<any, any, any, any, any> | TransactionStepOptions<any, any, any, any, any>
): void => {
  assertKnown(what, options, known)
  assertSchema(what, "input", options.input)
  assertSchema(what, "output", options.output)
  if ("error" in options) assertSchema(what, "error", options.error)
  if ("details" in options) assertSchema(what, "details", options.details)
  if (options.limit !== undefined) assertLimit(what, options.limit)
  const { run, transaction } = options
  if (run !== undefined && transaction !== undefined)
    throw new RangeError(`${what}: run and transaction are both its code: give one of them`)
  const code = transaction === undefined ? "run" : "transaction"
  if (typeof (run ?? transaction) !== "function") throw new TypeError(`${what}: ${code} is no function`)
  for (const flag of ["inline", "atMostOnce"] as const) {
    const value = options[flag] ?? false
    if (typeof value !== "boolean") throw new TypeError(`${what}: ${flag} is ${show(value)}: true or false`)
  }
  if (options.details !== undefined && options.heartbeat === undefined)
    throw new RangeError(`${what}: details are told by heartbeats: say how often, as \`heartbeat\``)
  if (options.timeout !== undefined && options.startToClose !== undefined)
    throw new RangeError(`${what}: timeout and startToClose are one thing: give one of them`)
  // What a turn that loses its race has written would stand, and no history tell of it.
  const queued = (["scheduleToStart", "heartbeat", "atMostOnce", "transaction"] as const).find((name) =>
    Boolean(options[name])
  )
  if (options.inline === true && queued !== undefined)
    throw new RangeError(
      `${what}: ${queued} is for steps on the queue: an inline one runs in the turn that asks for it`
    )
}

const known =
  "input output error retry timeout startToClose scheduleToStart heartbeat details atMostOnce inline limit run transaction".split(
    " "
  )

const timesOf = (what: string, options: StepSettings<any, any, any, any>) => {
  const { heartbeat, scheduleToStart, startToClose, timeout } = options
  return {
    timeoutMs: lengthMs(
      `${what}: ${startToClose === undefined ? "timeout" : "startToClose"}`,
      timeout ?? startToClose ?? "1 minute"
    ),
    scheduleToStartMs: finiteMs(`${what}: scheduleToStart`, scheduleToStart),
    heartbeatMs: finiteMs(`${what}: heartbeat`, heartbeat)
  }
}

const lengthMs = (what: string, input: Duration.Input): number => {
  const ms = durationMs(what, input)
  if (ms >= 1) return ms
  throw new RangeError(`${what} is ${show(input)}: 1 ms or more; "Infinity" for none`)
}

/** Without end is without. */
const finiteMs = (what: string, input: Duration.Input | undefined): number | undefined => {
  const ms = input === undefined ? Number.POSITIVE_INFINITY : lengthMs(what, input)
  return Number.isFinite(ms) ? ms : undefined
}

const failuresAsErrors = <Out, Err>(effect: Effect.Effect<Out, Err, Run>): Effect.Effect<Out, Err | StepFailed, Run> =>
  Effect.catchDefect(
    effect,
    (defect): Effect.Effect<never, StepFailed> => (isA(StepFailed, defect) ? Effect.fail(defect) : Effect.die(defect))
  )
