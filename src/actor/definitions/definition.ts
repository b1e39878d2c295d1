import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChildFailed, StateInvalid, StepFailed } from "../errors.ts"
import type { Codec } from "../values/codec.ts"
import type { RetryAfter } from "./retryAfter.ts"
import type { RetryPolicy } from "./retryPolicy.ts"
import type { Run } from "./run.ts"

// What steps, signals and workflows are, once they are defined.

/** What the code of a step is told about its execution. `Details`: what it tells by its heartbeats, if the step has a schema for that. */
export interface StepContext<Details = never> {
  /**
   * `<run id>/<command key>`: the same for every execution of this command, another for every other one. Visible ASCII of at most
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
  readonly execute: (input: In, context: StepContext<any>) => Effect.Effect<Out, Err | RetryAfter, R> | PromiseLike<Out>
}

export interface CallOptions {
  /**
   * Names the command `<step>:<key>` instead of `<step>#<occurrence>`. Any well-formed text (what is not visible ASCII is escaped,
   * a very long one hashed), and each call's own: the same key at the same time, or with another input, fails with `StepFailed`,
   * reason `duplicateKey`. The same call once more after an answer, as by `Effect.retry`, is a new command `<step>:<key>~1`.
   */
  readonly key?: string
}

export type AnyStep = Step<string, any, any, any, any>

/** A named message from outside with a payload. Signals of one name are received in the order in which they were adopted. */
export interface SignalDefinition<Name extends string, A> {
  readonly name: Name
  readonly codec: () => Codec<A>
  /**
   * The next signal of this name: one that came before, or else waits for it. Each signal is received once. An interrupted
   * wait (a timeout, a lost race) takes none.
   */
  readonly receive: Effect.Effect<A, never, Run>
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

export interface Workflow<Name extends string, In, Out, Err> {
  readonly workflowName: Name
  readonly version: string
  readonly input: () => Codec<In>
  readonly output: () => Codec<Out>
  readonly error: () => Codec<Err>
  readonly body: (input: In) => Effect.Effect<Out, Err, Run | Scope.Scope>
  /**
   * Start a child run and wait for its outcome. Interrupting the wait cancels the child and waits for its end.
   *
   * @example
   * const parcel = yield* packOrder.child(order)
   */
  readonly child: (input: In, options?: ChildOptions) => Effect.Effect<Out, Err, Run>
  /** The same, with `ChildFailed` in the error channel instead of as a defect. */
  readonly childOrFail: (input: In, options?: ChildOptions) => Effect.Effect<Out, Err | ChildFailed, Run>
}

export type AnyWorkflow = Workflow<string, any, any, any>

export interface ChildOptions {
  /** Names the command: `<workflow>:<key>` instead of `<workflow>#<occurrence>`. As the `key` of a step; fails with `ChildFailed`. */
  readonly key?: string
  /** The child's run id. Default: `<parent run id>:<command key>`, each ":" of your key as `%3A`; beyond 512 characters its beginning and a hash. */
  readonly runId?: string
}
