import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type {
  ChildFailed,
  RunCancelled,
  RunDied,
  RunNotFound,
  RunOfOtherWorkflow,
  RunTerminated,
  StateInvalid,
  StepFailed
} from "../errors.ts"
import type { WhenParentEnds } from "../history/command.ts"
import type { EmitError } from "../history/output/emitted.ts"
import type { Tags } from "../tags/tags.ts"
import type { Codec } from "../values/codec.ts"
import type { LimitUse } from "./limits/limitUse.ts"
import type { RetryAfter } from "./retryAfter.ts"
import type { RetryPolicy } from "./retryPolicy.ts"
import type { Run } from "./run.ts"
import type { TransactionPlan } from "./transactions/transaction.ts"

// What steps, signals and workflows are, once they are defined.

/** What the code of a step is told about its execution. `Details`: what it tells by its heartbeats, if the step has a schema for that. */
export interface StepContext<Details = never> {
  /**
   * `<run id>/<command key>`, and `<run id>^<generation>/<command key>` once the run has continued as new: the same for every execution of this command, another for every other one. Visible ASCII of at most
   * 255 characters: what of the run id is not, and its `/`, are written as `%2F`, and of a longer one the end is a hash. Hand
   * it to services that take one, in an HTTP header for one.
   */
  readonly idempotencyKey: string
  readonly runId: string
  /** 1 for the first execution that this worker knows of. */
  readonly attempt: number
  /**
   * Aborted when the step times out or misses its heartbeat, when nobody waits for it any more (its run was cancelled, or went on by a time-out
   * or a lost race), or when the worker shuts down. For code that is not an Effect: an Effect is interrupted.
   */
  readonly signal: AbortSignal
  /**
   * Says that the code is at work, and how far it is. Noted at once by the call itself, so that async functions may just call it; the Effect that it gives
   * is done already. Without details those that were told before stand. Does nothing in a step without the option `heartbeat`.
   *
   * Throws a TypeError for details that do not fit their schema.
   */
  readonly heartbeat: (...details: [Details] extends [never] ? [] : [details?: Details]) => Effect.Effect<void>
  /** What an execution before this one has told last. Undefined for the first, and for what today's schema does not read. */
  readonly lastDetails: Details | undefined
  /**
   * Append a value to a stream of the run: `yield*` it, or `await` it in an async function. It is written at once, or with others a moment
   * later, before the outcome of the step in any case; it waits while more is on its way than one chunk holds. A value that is not
   * taken (`EmitInvalid`, `EmitTooLarge`, `StreamFull`, `StreamEnded`) is a defect that no further attempt mends: the step ends
   * with a `StepFailed`, reason `stream`.
   */
  readonly emit: <A>(stream: StreamDefinition<string, A>, value: NoInfer<A>) => Emitting<never>
  /** The same, with the reason in the error channel instead. */
  readonly emitOrFail: <A>(stream: StreamDefinition<string, A>, value: NoInfer<A>) => Emitting<EmitError>
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
  /** For one execution. */
  readonly timeoutMs: number
  /** From the call to the beginning of the first execution. */
  readonly scheduleToStartMs: number | undefined
  readonly heartbeatMs: number | undefined
  readonly details: (() => Codec<any>) | undefined
  readonly atMostOnce: boolean
  readonly inline: boolean
  /** What it waits for before it is asked for. */
  readonly limit: LimitUse<In> | undefined
  /** Its code answers with a {@link TransactionPlan}, and not with its output. */
  readonly isTransaction: boolean
  readonly execute: (
    input: In,
    context: StepContext<any>
  ) => Answered<Out | TransactionPlan<Out, Err>, Err | RetryAfter, R>
}

/** How code answers: by an Effect, or by a promise as an async function does. */
export type Answered<A, E, R> = Effect.Effect<A, E, R> | PromiseLike<A>

export interface CallOptions {
  /**
   * Names the command `<step>:<key>` instead of `<step>#<occurrence>`. Any well-formed text (what is not visible ASCII is escaped,
   * a very long one hashed), and each call's own: the same key at the same time, or with another input, fails with `StepFailed`,
   * reason `duplicateKey`. The same call once more after an answer, as by `Effect.retry`, is a new command `<step>:<key>~1`.
   */
  readonly key?: string
}

export type AnyStep = Step<string, any, any, any, any>

/**
 * Where signals are received from: those of a name that are for nothing in particular, or those that are for one thing. Signals of
 * one source are received in the order in which they were adopted, and no other source sees them.
 */
export interface SignalSource<Name extends string, A> {
  readonly name: Name
  /** What they are for, if for one thing. */
  readonly correlation?: string
  readonly codec: () => Codec<A>
  /**
   * The next signal from here: one that came before, or else waits for it. Each signal is received once. An interrupted
   * wait (a timeout, a lost race) takes none.
   */
  readonly receive: Effect.Effect<A, never, Run>
  /**
   * Send it to another run, from a body: to a parent, a child, or any run whose id is known. The row follows the commit: nothing is waited
   * for, and there is no answer. Sent once, whatever crashes, and signals from one run to another are received in their order. To
   * a run that is not there, or has ended, nothing is sent, and a line of the log says so.
   *
   * A payload that does not fit is a defect, `SignalInvalid`. `id`: as with `client.signal`; the default is fresh.
   *
   * @example
   * const { parentRunId } = yield* Run
   * if (parentRunId !== undefined) yield* progress.send(parentRunId, { done: 3 })
   */
  readonly send: (runId: string, payload: A, options?: { readonly id?: string }) => Effect.Effect<void, never, Run>
}

/** A request to a run that goes on, with a typed answer. */
export interface UpdateDefinition<Name extends string, In, Out, Err> {
  readonly updateName: Name
  readonly input: () => Codec<In>
  readonly output: () => Codec<Out>
  readonly error: () => Codec<Err>
  /**
   * From now on, until the body ends, each update of this name is answered by `handler`: with what it succeeds or fails with. Several may be
   * under way at a time, beside the body. A second `handle` takes the place of the first for what comes then. Let it be what a
   * body does first: an update that comes before is answered with `UpdateFailed`, reason `noHandler`.
   */
  // A method, not a property: only so is an update without errors also an `AnyUpdate`.
  handle<R = never>(
    handler: (input: In, info: UpdateInfo) => Effect.Effect<NoInfer<Out>, NoInfer<Err>, R>,
    handling?: UpdateHandling<In, Err>
  ): Effect.Effect<void, never, R | Run>
}

export interface UpdateInfo {
  /** The idempotency key of the update: the sender's, or a fresh one. */
  readonly id: string
}

export interface UpdateHandling<In, Err> {
  /**
   * Asked first, as the update comes. If it fails, that is the answer: the handler does not begin, and the run takes no notice. It answers at
   * once, by the input and by what the body knows: steps and sleeps belong in the handler. It changes nothing. Default: all are taken.
   */
  readonly validate?: (input: In) => Effect.Effect<unknown, NoInfer<Err>>
}

export type AnyUpdate = UpdateDefinition<string, any, any, any>

/** A handler, and the surroundings in which it was named. */
export interface UpdateRegistration {
  readonly update: AnyUpdate
  readonly handler: (input: any, info: UpdateInfo) => Effect.Effect<any, any, any>
  readonly validate: ((input: any) => Effect.Effect<unknown, any>) | undefined
  readonly context: Context.Context<never>
}

/** A value that a run publishes. */
export interface StateDefinition<Name extends string, A> {
  readonly stateName: Name
  readonly codec: () => Codec<A>
  /**
   * From now on this is its value. Seen from outside once the turn is committed, and only the last of a turn. A value that does not fit,
   * or is larger than 1 Mi characters of JSON, is a defect ({@link StateInvalid}).
   */
  readonly set: (value: A) => Effect.Effect<void, never, Run>
  /** The same, with `StateInvalid` in the error channel instead of as a defect. */
  readonly setOrFail: (value: A) => Effect.Effect<void, StateInvalid, Run>
}

/** A named message from outside with a payload. */
export interface SignalDefinition<Name extends string, A> extends SignalSource<Name, A> {
  /**
   * Those that were sent for this one thing: a question, an order, an attempt. So an answer that comes late never reaches the wrong
   * wait. 1 to 128 characters, none of them control characters; throws a `RangeError` for others.
   *
   * @example
   * const { by } = yield* approved.for("question-1").receive
   * // outside: client.signal(runId, approved, { by: "Ada" }, { for: "question-1" })
   */
  readonly for: (what: string) => SignalSource<Name, A>
}

export interface Workflow<Name extends string, In, Out, Err> {
  readonly workflowName: Name
  readonly version: string
  readonly input: () => Codec<In>
  readonly output: () => Codec<Out>
  readonly error: () => Codec<Err>
  /** What a run waits for before its body begins. */
  readonly limits: ReadonlyArray<LimitUse<In>>
  readonly body: (input: In) => Effect.Effect<Out, Err, Run | Scope.Scope>
  /** How long its runs are kept after their end, in milliseconds; infinite: for ever. Absent: it does not say. */
  readonly retention?: number
  /**
   * Start a child run and wait for its outcome. Interrupting the wait cancels the child and waits for its end.
   *
   * @example
   * const parcel = yield* packOrder.child(order)
   */
  readonly child: (input: In, options?: ChildOptions) => Effect.Effect<Out, Err, Run>
  /** The same, with `ChildFailed` in the error channel instead of as a defect. */
  readonly childOrFail: (input: In, options?: ChildOptions) => Effect.Effect<Out, Err | ChildFailed, Run>
  /**
   * Start a child run and go on at once. What becomes of it when this run ends first is `whenParentEnds`.
   *
   * @example
   * const packing = yield* packOrder.start(order, { whenParentEnds: "wait" })
   * yield* chargeCard(order)
   * const parcel = yield* packing.await
   */
  readonly start: (input: In, options?: ChildOptions) => Effect.Effect<ChildHandle<Out, Err>, never, Run>
  /**
   * Wait for the outcome of a run that somebody else has started, as `client.wait` does. It is not this run's child: interrupting the
   * wait, or this run's end, leaves it alone. Asked once, however many wait for it: what it came to is remembered.
   *
   * @example
   * const invoice = yield* billCustomer.await(`bill-${customerId}`)
   */
  readonly await: (
    runId: string
  ) => Effect.Effect<Out, Err | RunNotFound | RunOfOtherWorkflow | RunDied | RunCancelled | RunTerminated, Run>
}

/** A child run that goes on beside the body that has started it, and belongs to the run of that body alone. */
export interface ChildHandle<Out, Err> {
  /** Another, once a copy of this run (a retry, a reset, a fork) goes on by itself, unless the body has named it. */
  readonly runId: string
  /** Its outcome, now or later, as often as it is asked for. Interrupting the wait leaves the child alone. */
  readonly await: Effect.Effect<Out, Err, Run>
  /** The same, with `ChildFailed` in the error channel instead of as a defect. */
  readonly awaitOrFail: Effect.Effect<Out, Err | ChildFailed, Run>
  /** As `signal.send(child.runId, payload)`, and to nobody else who may have this run id. */
  readonly signal: <Name extends string, A>(
    signal: SignalSource<Name, A>,
    payload: A,
    options?: { readonly id?: string }
  ) => Effect.Effect<void, never, Run>
  /** Ask it to cancel. Its outcome tells what came of that. */
  readonly cancel: Effect.Effect<void, never, Run>
}

export interface ContinueOptions {
  /** What has been done stands: compensations that are registered are dropped. Default false: continuing with any is a defect. */
  readonly dropCompensations?: boolean
}

export type AnyWorkflow = Workflow<string, any, any, any>

export interface ChildOptions {
  /** Names the command: `<workflow>:<key>` instead of `<workflow>#<occurrence>`. As the `key` of a step; fails with `ChildFailed`. */
  readonly key?: string
  /** The child's run id. Default: `<parent run id>:<command key>`, each ":" of your key as `%3A`; beyond 512 characters its beginning and a hash. */
  readonly runId?: string
  /**
   * What becomes of the child when its parent ends or is cancelled first, or when an awaited call is interrupted.
   *
   * - `"cancel"` (default): it is asked to cancel. An interrupted `child` waits until it has.
   * - `"abandon"`: it goes on by itself.
   * - `"wait"`: it goes on, and the parent has not ended before it has: what was to be compensated before the child was started is
   *   compensated when it is through.
   */
  readonly whenParentEnds?: WhenParentEnds
  /** What lists find the child by, as `tags` of a start. It has none of its parent's. Default: none. No part of what the history holds code to. */
  readonly tags?: Tags
}

/**
 * An output stream of a run: values that steps and the body append, and that clients read while the run goes on, from any
 * position. It ends with the run.
 */
export interface StreamDefinition<Name extends string, A> {
  readonly streamName: Name
  readonly codec: () => Codec<A>
  /** Least time between two writes of one execution of a step. */
  readonly flushEveryMs: number
  /**
   * In a body: append a value. It is in the stream once the turn's commit stands, once, whatever becomes of the host. It waits for
   * nothing. A value that is not taken is a defect: {@link EmitError}.
   */
  readonly emit: (value: A) => Effect.Effect<void, never, Run>
  /** The same, with {@link EmitError} in the error channel instead of as a defect. */
  readonly emitOrFail: (value: A) => Effect.Effect<void, EmitError, Run>
}

export type AnyStream = StreamDefinition<string, any>

/** How `context.emit` of a step answers: an Effect to `yield*`, which an async function may `await` instead. */
export interface Emitting<E> extends Effect.Effect<void, E>, PromiseLike<void> {}
