import type * as Tracer from "effect/Tracer"
import type { TransactionPlan } from "../../actor/definitions/transactions/transaction.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Payload } from "../../actor/values/payload.ts"
import type { Beats } from "./beats.ts"

export interface ExecutionRequest {
  readonly runId: string
  /** The workflow's name, for the log. Undefined: not known any more. */
  readonly workflow?: string | undefined
  readonly key: string
  /** By which address services know it. Absent: `runId`. */
  readonly knownAt?: string | undefined
  /** Resolved: no reference. */
  readonly input: Payload
  readonly attempt: number
  /** Where in a trace whoever asked for it was. */
  readonly parent?: Tracer.AnySpan | undefined
  /** What an execution before this one told last by its heartbeats. Resolved. */
  readonly lastDetails?: Payload | undefined
  /** Called when the execution has ended and waits for a store that is away. */
  readonly onWait?: () => void
  /** Told of the heartbeats of this execution, before its code begins. Of a step without heartbeats there are none. */
  readonly onBeats?: ((beats: Beats) => void) | undefined
}

/**
 * Looks after an execution that does not end at once. `stop` ends it: nobody waits for its answer any more. What is answered is called when the
 * code has ended, or is left to itself.
 */
export type Attend = (stop: () => void) => () => void

/** What became of one execution. `because`: why it failed, in few words. */
export type Execution = Done | { readonly _tag: "Retry"; readonly delayMs: number; readonly because: string }

export interface Done {
  readonly _tag: "Done"
  readonly outcome: Outcome
  readonly because?: string
  /** Tells it from other executions, where it has emitted to a stream. */
  readonly execution?: string | undefined
  /** What is to be written together with the outcome: without it the outcome does not stand. */
  readonly plan?: TransactionPlan<unknown, unknown>
}

/** It was stopped: nobody waits for its answer. */
export interface Unwanted {
  readonly _tag: "Unwanted"
}
