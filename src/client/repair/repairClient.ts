import type * as Effect from "effect/Effect"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { RunNotFound } from "../../actor/errors.ts"
import type { PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import type { Payloads } from "../../store/payloads.ts"
import type { RunTable } from "../../store/runTable.ts"
import type { RepairInvalid, RepairRefused, RunConflict, RunDeleted, RunFinished, RunIdInvalid } from "../errors.ts"
import type { AskedStarts } from "../starting/askedStarts.ts"
import { forkRun, goOnFrom } from "./copyRun.ts"
import {
  type PauseOptions,
  pauseRun,
  type ResumeOptions,
  resumeRun,
  type TerminateOptions,
  terminateRun
} from "./decide.ts"
import type { ForkOptions, Repair, ResetOptions, RetryOptions } from "./repairOptions.ts"

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
  /**
   * A run that has failed goes on from its failure, in its next generation: what had succeeded by then is kept, and the step (or child run) that failed
   * is asked for anew, under the idempotency key that it had, as it may have taken effect half-way. Returns when it is durable. Where it failed, a
   * replay by the code at hand tells: it is the message that handed out the error which the body has failed with. Where its own code failed, all is kept,
   * for code that was put right.
   *
   * A cancelled run goes on as if it had not been cancelled, a terminated one from where it stood. One that has not ended, or has succeeded, is
   * a `RepairRefused`, and so is one that has compensated, unless `compensated` says what that means. Signals and updates that came later are handed
   * over again. Whoever was told of its failure, a parent among them, was told so. `client.wait` of this client waits for the new end.
   *
   * @example
   * const plan = yield* client.retry(fulfilOrder, "order-17", { dryRun: true })
   * yield* client.retry(fulfilOrder, "order-17", { reason: "the warehouse is back" })
   */
  readonly retry: (workflow: AnyWorkflow, runId: string, options?: RetryOptions) => Effect.Effect<Repair, RepairError>
  /**
   * A run in any state goes on from an earlier message, in its next generation: all messages before `at` are kept, and all else is dropped as it stands,
   * without compensation. Steps that had succeeded behind it take effect again if the run comes to them, under new idempotency keys; child runs
   * that are open are cancelled. Signals and updates that came later are handed over again. Returns when it is durable.
   *
   * A run that had not ended still owes its parent, and who waits for it, the end that it comes to.
   *
   * @example
   * yield* client.reset(fulfilOrder, "order-17", { at: 4, reason: "the address was wrong" })
   */
  readonly reset: (workflow: AnyWorkflow, runId: string, options: ResetOptions) => Effect.Effect<Repair, RepairError>
  /**
   * Another run that has been through the same up to a message, with other outcomes if you like. The run itself is left as it is. Steps of the new run
   * have idempotency keys of their own; signals and updates behind that message were the other run's. Its tags are those of that run's start.
   *
   * @example
   * const fork = yield* client.fork(fulfilOrder, "order-17", {
   *   at: 5,
   *   outcomes: { "step/chargeCard#0": { succeeded: "receipt-by-hand" } }
   * })
   */
  readonly fork: (workflow: AnyWorkflow, runId: string, options: ForkOptions) => Effect.Effect<Repair, ForkError>
}

export type RepairError = RepairRefused | RepairInvalid | RunNotFound | StoreUnavailable | StoreRefused
export type ForkError = RepairError | RunIdInvalid | RunConflict | RunDeleted | PayloadMissing | PayloadAltered

/** Of a run that may be there: with what a client needs, and a span. */
type About = <A, E>(
  name: string,
  runId: string,
  effect: Effect.Effect<A, E, RunTable | Payloads>
) => Effect.Effect<A, E | RunNotFound>

/** Whoever has asked for another start waits for that one. */
type Asked = Pick<AskedStarts, "noting">

export const repairClient = (about: About, asked: Asked): RepairClient => ({
  retry: (workflow, runId, options = {}) =>
    asked.noting(about("retry", runId, goOnFrom(workflow, runId, "retry", options))),
  reset: (workflow, runId, options) => asked.noting(about("reset", runId, goOnFrom(workflow, runId, "reset", options))),
  fork: (workflow, runId, options) => about("fork", runId, forkRun(workflow, runId, options)),
  terminate: (runId, options) => about("terminate", runId, terminateRun(runId, options?.reason)),
  pause: (runId, options = {}) => about("pause", runId, pauseRun(runId, options)),
  resume: (runId, options = {}) => about("resume", runId, resumeRun(runId, options))
})
