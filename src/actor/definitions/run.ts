import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SignalDefinition } from "./signal.ts"
import type { AnyStep } from "./step.ts"
import type { AnyWorkflow } from "./workflow.ts"

/**
 * The run that workflow code is part of. Steps, signals and child runs require it, so that using one outside a workflow does
 * not compile.
 *
 * @example
 * const { runId } = yield* Run
 */
export class Run extends Context.Service<
  Run,
  {
    readonly runId: string
    readonly workflow: string
    readonly definitionVersion: string
    /** When the run was started, epoch milliseconds. */
    readonly startedAt: number
  }
>()("dynactor/Run") {}

/** All that definitions see of the runtime: what workflow code can ask for, each as an Effect that is replayed. */
export interface RunPort {
  readonly step: (step: AnyStep, input: unknown, key: string | undefined) => Effect.Effect<any, any>
  readonly child: (workflow: AnyWorkflow, input: unknown, options: ChildOptions) => Effect.Effect<any, any>
  readonly receive: (signal: SignalDefinition<string, any>) => Effect.Effect<any>
  readonly uuid: Effect.Effect<string>
}

export interface ChildOptions {
  /** Names the command: `<workflow>:<key>` instead of `<workflow>#<occurrence>`. Unique within the run. */
  readonly key?: string
  /** The child's run id. Default: `<parent run id>:<command key>`. */
  readonly runId?: string
}

/** Present in the context of every run. Its requirement reads as `Run`: whoever has the run has the port. */
export const RunPortKey: Context.Service<Run, RunPort> = Context.Service("dynactor/RunPort")
