import type { SignalSource, UpdateDefinition } from "../actor/definitions/definition.ts"
import type { Tags } from "../actor/tags/tags.ts"
import type { Unread } from "../actor/values/channel.ts"
import type { ForkOptions, Repair, ResetOptions, RetryOptions } from "../client/repair/repairOptions.ts"
import type { RecordedHistory } from "../inspection/history/recordedHistory.ts"
import type { WaitingFor } from "../store/reading/waitingFor.ts"
import type { CallbackView } from "./callbacks.ts"
import type { RunView } from "./runView.ts"
import type { TestUpdate } from "./sentUpdate.ts"

/** A run of a `TestRuntime`: what there is to ask of it, and what can be done to it. */
export interface TestRun<World = any, In = any, Out = any, Err = any> extends RunView<string, World, In, Out, Err> {
  readonly runId: string
  /** The name of its workflow. */
  readonly workflow: string
  /** The child runs that it has started, in that order, each to be signalled, cancelled and looked at like this one. */
  readonly children: ReadonlyArray<TestRun<World>>
  /** How often it has continued as new, or was started again, retried or reset. What it waits for, and its history, are those of its newest generation. */
  readonly generation: number
  /** Why it cannot go on, if it cannot. */
  readonly parked: string | undefined
  /** What it waits for: `step chargeCard#0`, `timer 604800000ms#0`, `child packOrder#0`, `signal approved`, `signal approved for question-1`, `cancellation`. */
  readonly waitsFor: ReadonlyArray<string>
  /** What lists would find it by now: those of its start, as its body has changed them (`setTags`). */
  readonly tags: Tags
  /** The same, and more of it, as `client.get` tells it: when a timer is due, how often a step was tried and why it failed. */
  readonly waitingFor: ReadonlyArray<WaitingFor>
  /** Those that are open, in the order in which they were made: what its steps were given, for whoever is to answer. */
  readonly callbacks: ReadonlyArray<CallbackView>
  /** What happened, a line each. For people. */
  readonly story: string
  /** Sends a signal. Rejects with a `TypeError` if the payload does not fit its schema. */
  readonly signal: <Name extends string, A>(
    signal: SignalSource<Name, A>,
    payload: NoInfer<A>,
    options?: { readonly for?: string }
  ) => Promise<void>
  /** Signals that have come and that the workflow has not asked for, as `client.get` tells them. */
  readonly unread: ReadonlyArray<Unread>
  /**
   * Sends an update, and answers with what there is to see of it; its `outcome` is undefined as long as the run has not answered. Rejects with a
   * `TypeError` if the input does not fit its schema. `id`: as `client.update` has it; with another input than before it is an `UpdateConflict`.
   * To a run that has ended it is a `RunFinished`.
   */
  readonly update: <Name extends string, UpdateIn, UpdateOut, UpdateErr>(
    update: UpdateDefinition<Name, UpdateIn, UpdateOut, UpdateErr>,
    input: NoInfer<UpdateIn>,
    options?: { readonly id?: string }
  ) => Promise<TestUpdate<UpdateOut, UpdateErr>>
  readonly cancel: (reason?: string) => Promise<void>
  /**
   * Ends it by force, as `client.terminate` does: no finalizer and no compensation runs, and whoever waits for it is told. Idempotent. Rejects
   * with a `RunFinished` if it has ended by itself.
   */
  readonly terminate: (reason?: string) => Promise<void>
  /**
   * It stands still, as by `client.pause`: nothing is handed to its body, time goes on, and what comes waits. Steps under way come to their ends.
   * Ended by `resume`, and by a cancellation. Rejects with a `RunFinished` if it has ended.
   */
  readonly pause: () => Promise<void>
  /** What has come for it meanwhile is handed over, in its order. Rejects with a `RunFinished` if it has ended. */
  readonly resume: () => Promise<void>
  readonly isPaused: boolean
  /**
   * A run that has failed goes on from its failure in its next generation, as by `client.retry`: what had succeeded is kept, and what failed is asked for anew,
   * once the test has put right what was wrong. From then on this is of the run that goes on; `steps` and `signals` are those of all generations. Rejects with
   * the client's errors: `RepairRefused`, which says why, and `RepairInvalid`.
   *
   * @example
   * await run.retry({ reason: "the warehouse is back" })
   * expect(run.outcome).toEqual({ tag: "succeeded", value: "p-1" })
   */
  readonly retry: (options?: RetryOptions) => Promise<Repair>
  /**
   * The run, in whatever state, goes on from an earlier message in its next generation, as by `client.reset`. Rejects as `retry`.
   *
   * @example
   * await run.reset({ at: "step/chargeCard#0" })
   */
  readonly reset: (options: ResetOptions) => Promise<Repair>
  /**
   * Another run begins with what this one has been through, as by `client.fork`; this one is left as it is. Rejects as `retry`, and with `RunConflict` or
   * `RunIdInvalid` for a `runId` that is taken or unfit. What the other run has done itself, and no step that it has kept, is in its `steps` and `signals`.
   *
   * @example
   * const { runId } = await run.fork({ at: 5, outcomes: { "step/chargeCard#0": { succeeded: "by hand" } } })
   * const other = runtime.run(runId, fulfilOrder)
   */
  readonly fork: (options: ForkOptions) => Promise<Repair>
  /** False: a start by a policy whose time has not come, as the run before it has not ended, or that a later `replace` or `debounce` has taken the place of. */
  readonly hasBegun: boolean
  /** Its history up to now, for {@link replayHistory}. */
  readonly recordHistory: () => RecordedHistory
}
