import type * as Effect from "effect/Effect"
import type { RunNotFound } from "../../actor/errors.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import type { RunTable } from "../../store/runTable.ts"
import type { RepairInvalid, RunFinished } from "../errors.ts"
import {
  type PauseOptions,
  pauseRun,
  type ResumeOptions,
  resumeRun,
  type TerminateOptions,
  terminateRun
} from "./decide.ts"

/** What somebody who looks after runs does with one. */
export interface RepairClient {
  /**
   * End the run by force, as it stands, whatever state it is in: parked, paused, of code that no host has. Its code is not asked: no finalizer and no
   * compensation runs, and what its steps have done stays done. Returns when it is durable; a host ends the run with its next turn. Idempotent, and
   * the first reason stands. `RunFinished`: the run had ended by itself.
   *
   * Its parent and whoever waits for it are told (`ChildFailed` with reason `terminated`, `RunTerminated`); child runs that its end would cancel are
   * cancelled; steps under way are stopped where their host hears of it.
   *
   * @example
   * yield* client.terminate("order-17", { reason: "charged by hand" })
   */
  readonly terminate: (
    runId: string,
    options?: TerminateOptions
  ) => Effect.Effect<void, RunNotFound | RunFinished | StoreUnavailable | StoreRefused>
  /**
   * From its next turn on the run stands still: nothing is handed to its body and no step of it is begun that was not asked for by then. Steps under
   * way come to their ends, and what they come to waits with signals and timers. Returns when it is durable. Time goes on: what was due meanwhile
   * acts when the run goes on, in the order in which it was due, as after a time without hosts.
   *
   * Ended by `resume`; `cancel` and `terminate` act on a paused run at once.
   */
  readonly pause: (
    runId: string,
    options?: PauseOptions
  ) => Effect.Effect<void, RunNotFound | RunFinished | RepairInvalid | StoreUnavailable | StoreRefused>
  /** Lets a paused run go on: what has come for it is handed over in its order. A run that is not paused is left as it is. */
  readonly resume: (
    runId: string,
    options?: ResumeOptions
  ) => Effect.Effect<void, RunNotFound | RunFinished | RepairInvalid | StoreUnavailable | StoreRefused>
}

/** Of a run that may be there: with what a client needs, and a span. */
type About = <A, E>(
  name: string,
  runId: string,
  effect: Effect.Effect<A, E, RunTable>
) => Effect.Effect<A, E | RunNotFound>

export const repairClient = (about: About): RepairClient => ({
  terminate: (runId, options) => about("terminate", runId, terminateRun(runId, options?.reason)),
  pause: (runId, options = {}) => about("pause", runId, pauseRun(runId, options)),
  resume: (runId, options = {}) => about("resume", runId, resumeRun(runId, options))
})
