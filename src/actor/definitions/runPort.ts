import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AnyStep, AnyWorkflow, ChildOptions, SignalDefinition } from "./definition.ts"
import type { Run } from "./run.ts"

/** All that definitions see of the runtime: what workflow code can ask for, each as an Effect that is replayed. */
export interface RunPort {
  readonly step: (step: AnyStep, input: unknown, key: string | undefined) => Effect.Effect<any, any>
  readonly child: (workflow: AnyWorkflow, input: unknown, options: ChildOptions) => Effect.Effect<any, any>
  readonly receive: (signal: SignalDefinition<string, any>) => Effect.Effect<any>
  readonly uuid: Effect.Effect<string>
}

/** Present in the context of every run. Its requirement reads as `Run`: whoever has the run has the port. */
export const RunPortKey: Context.Service<Run, RunPort> = Context.Service("dynactor/RunPort")
