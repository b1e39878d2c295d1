import * as Effect from "effect/Effect"
import type { StepContext } from "../../actor/definitions/definition.ts"
import { runIdOf } from "../../actor/history/generation.ts"
import type { Beats } from "./beats.ts"
import type { ExecutionRequest } from "./execution.ts"
import { idempotencyKeyOf } from "./idempotencyKey.ts"
import type { LazyOutput } from "./stepOutput.ts"

/** Few steps look at their signal, and making one costs as much as running a small step. */
export class LazyAbort {
  private controller: AbortController | undefined
  private why: string | undefined

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.why !== undefined) this.abort(this.why)
    return this.controller.signal
  }

  abort(why: string): void {
    this.why ??= why
    this.controller?.abort(new DOMException(this.why, "AbortError"))
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

/** Not written where they are assigned: V8 puts a function that is assigned to a property into the old space, and all that it reaches stays. */
const emitTo =
  (output: LazyOutput): StepContext["emit"] =>
  (stream, value) =>
    output.output.emit(stream, value)

const emitOrFailTo =
  (output: LazyOutput): StepContext["emitOrFail"] =>
  (stream, value) =>
    output.output.emitOrFail(stream, value)

/** Of a step that is not asked for heartbeats. */
const unheard = (): Effect.Effect<void> => Effect.void

/** What the code of a step is told about its execution. */
export class ExecutionContext implements StepContext<any> {
  readonly runId: string
  readonly attempt: number
  readonly idempotencyKey: string
  readonly lastDetails: unknown
  readonly heartbeat: (details?: unknown) => Effect.Effect<void>
  declare readonly [abortOf]: LazyAbort
  declare readonly signal: AbortSignal
  readonly emit: StepContext["emit"]
  readonly emitOrFail: StepContext["emitOrFail"]

  constructor(
    { runId, key, attempt, knownAt = runId }: ExecutionRequest,
    abort: LazyAbort,
    beats: Beats | undefined,
    output: LazyOutput
  ) {
    this.runId = runIdOf(runId)
    this.attempt = attempt
    this.idempotencyKey = idempotencyKeyOf(knownAt, key)
    this.lastDetails = beats?.before
    this.heartbeat = beats === undefined ? unheard : beats.beat
    this.emit = emitTo(output)
    this.emitOrFail = emitOrFailTo(output)
    // Not seen in a copy, nor where the context is printed.
    Object.defineProperty(this, abortOf, { value: abort })
    // Its own, so that a copy of the context has it.
    Object.defineProperty(this, "signal", signalProperty)
  }
}
