import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { TagChanges } from "../tags/tagBox.ts"
import type { AnyCallback, CallbackSlot } from "./callbacks/callback.ts"
import type {
  AnyStep,
  AnyStream,
  AnyWorkflow,
  ChildOptions,
  ContinueOptions,
  SignalSource,
  StateDefinition,
  UpdateRegistration
} from "./definition.ts"
import type { LimitUse } from "./limits/limitUse.ts"
import type { Run } from "./run.ts"

/** All that definitions see of the runtime: what workflow code can ask for, each as an Effect that is replayed. */
export interface RunPort {
  readonly step: (step: AnyStep, input: unknown, key: string | undefined) => Effect.Effect<any, any>
  readonly child: (workflow: AnyWorkflow, input: unknown, options: ChildOptions) => Effect.Effect<any, any>
  readonly start: (
    workflow: AnyWorkflow,
    input: unknown,
    options: ChildOptions
  ) => Effect.Effect<StartedChild, never, Run>
  readonly outcomeOf: (workflow: AnyWorkflow, runId: string) => Effect.Effect<any, any>
  /** Done when that start of the run is over. */
  readonly endOf: (workflow: string, runId: string, since: number) => Effect.Effect<void>
  /** Done when the run has a place of each. */
  readonly admit: (uses: ReadonlyArray<LimitUse<any>>, input: unknown) => Effect.Effect<void>
  readonly receive: (signal: SignalSource<string, any>) => Effect.Effect<any>
  readonly collect: (
    signal: SignalSource<string, any>,
    count: number,
    deadline: Effect.Effect<void>
  ) => Effect.Effect<{ readonly values: ReadonlyArray<any>; readonly isComplete: boolean }>
  readonly send: (
    signal: SignalSource<string, any>,
    runId: string,
    payload: unknown,
    id: string | undefined
  ) => Effect.Effect<void>
  readonly callback: (callback: AnyCallback, key: string | undefined) => Effect.Effect<CallbackSlot>
  readonly uuid: Effect.Effect<string>
  /** Timers have a name, which their keys begin with. Default: their length, or their due time. */
  readonly sleepMs: (durationMs: number, name?: string) => Effect.Effect<void>
  /** Epoch milliseconds. */
  readonly sleepUntil: (due: number, name?: string) => Effect.Effect<void>
  readonly setState: (state: StateDefinition<string, any>, value: unknown) => Effect.Effect<void>
  readonly setTags: (tags: TagChanges) => Effect.Effect<void>
  /** Does the run go the new way at this patch? One that goes the old way, where there is none (`hasOld`), is parked. */
  readonly patched: (id: string, hasOld: boolean) => Effect.Effect<boolean>
  readonly handleUpdate: (registration: UpdateRegistration) => Effect.Effect<void>
  readonly updatesSettled: Effect.Effect<void>
  readonly emit: (stream: AnyStream, value: unknown) => Effect.Effect<void>
  /** Told when a compensation is registered. */
  readonly compensates: Effect.Effect<void>
  readonly continueAsNew: (
    workflow: AnyWorkflow | undefined,
    input: unknown,
    options: ContinueOptions
  ) => Effect.Effect<never>
  /** Adopted so far by this generation. */
  readonly messages: Effect.Effect<number>
}

/** A child run that was started and is not waited for. */
export interface StartedChild {
  readonly runId: string
  readonly outcome: Effect.Effect<any, any>
  readonly signal: (signal: SignalSource<string, any>, payload: unknown, id: string | undefined) => Effect.Effect<void>
  readonly cancel: Effect.Effect<void>
}

/** Told when a command is asked for where there is no run. The runtime says what that means during a slice. */
export const outsideOfRun: { tell: (what: string) => void } = { tell: () => {} }

const outside = (what: string) =>
  Effect.suspend(() => {
    outsideOfRun.tell(what)
    return Effect.die(new Error(`${what} outside of a run: only the body of a workflow can ask for it, by yield*`))
  })

const outsidePort: RunPort = {
  step: (step) => outside(`step ${step.stepName}`),
  child: (workflow) => outside(`child run ${workflow.workflowName}`),
  start: (workflow) => outside(`child run ${workflow.workflowName}`),
  endOf: (workflow, runId) => outside(`waiting for run ${runId} of ${workflow}`),
  admit: () => outside("a place of a limit"),
  outcomeOf: (workflow, runId) => outside(`waiting for run ${runId} of ${workflow.workflowName}`),
  receive: (signal) => outside(`signal ${signal.name}`),
  collect: (signal) => outside(`signal ${signal.name}`),
  send: (signal) => outside(`signal ${signal.name}`),
  callback: (callback) => outside(`callback ${callback.callbackName}`),
  uuid: outside("randomUuid"),
  setState: (state) => outside(`state ${state.stateName}`),
  setTags: () => outside("setTags"),
  patched: (id) => outside(`patch ${id}`),
  handleUpdate: ({ update }) => outside(`update ${update.updateName}`),
  updatesSettled: outside("updatesSettled"),
  sleepMs: () => outside("sleep"),
  sleepUntil: () => outside("sleepUntil"),
  emit: (stream) => outside(`stream ${stream.streamName}`),
  compensates: outside("compensateWith"),
  continueAsNew: () => outside("continueAsNew"),
  messages: outside("historyLength")
}

/** Present in the context of every run. Its requirement reads as `Run`: whoever has the run has the port. */
export const RunPortKey = Context.Reference<RunPort>("dynactor/RunPort", {
  defaultValue: () => outsidePort
}) as unknown as Context.Service<Run, RunPort>

/** As a flatMap over the key, in one operation of the fiber: it is asked for each step. */
export const askPort = <A, E, R>(ask: (port: RunPort) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Run> =>
  Effect.withFiber<A, E, R | Run>((fiber) => ask(Context.get(fiber.context as Context.Context<Run>, RunPortKey)))
