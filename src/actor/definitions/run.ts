import * as Context from "effect/Context"

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
    /** How often the run has continued as new: 0 for the generation that it was started with. */
    readonly generation: number
    readonly workflow: string
    readonly definitionVersion: string
    /** When the run was started, epoch milliseconds: the same in all generations. */
    readonly startedAt: number
    /** Of a child run: the run that has started it. */
    readonly parentRunId: string | undefined
  }
>()("dynactor/Run") {}
