import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "./errors.ts"

export interface Timer {
  readonly runId: string
  readonly key: string
  /** Epoch milliseconds. */
  readonly due: number
}

/** A timer to be set for as much of its time as is left. */
export interface ScheduledTimer extends Timer {
  /** The due time of its last link, whose row is there. Default: no link has come. */
  readonly after?: number
}

/**
 * The long sleepers: timers beyond the queue's longest delay. One of them puts the run's `timer` row itself, at some moment of
 * the two minutes before it is due; who reads the row early waits the rest out.
 *
 * One that is too far off to be set at once puts a row of the same key with an earlier due time first, a *link*: no timer of the
 * run has that due time, so it is set aside, and the turn that does so schedules the timer again.
 * Contract: `test/store/timersContract.ts`.
 */
export class Timers extends Context.Service<
  Timers,
  {
    /** Idempotent: one timer per run, key and due time. `StoreRefused`: a right is missing, or the like; what, it says. */
    readonly schedule: (timer: ScheduledTimer) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** Best effort: it may fire all the same. */
    readonly clear: (timer: Timer) => Effect.Effect<void, StoreUnavailable>
  }
>()("dynactor/Timers") {}
