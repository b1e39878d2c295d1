import * as Effect from "effect/Effect"
import type { AnyWorkflow, ContinueOptions, Workflow } from "../definitions/definition.ts"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"

/**
 * Ends this generation of the run and begins the next one, with an empty history: `return yield* continueAsNew(nextInput)`. The run
 * keeps its id, and whoever waits for it waits on. What it costs to go on does not grow with how often it did.
 *
 * - The input is checked by the input schema of the workflow, as it is called.
 * - With a definition before the input the next generation runs that one, such as a newer version; its output and errors must be ones that
 *   this body may end with.
 * - Signals that nobody has received go along, in their order. So does a cancellation that came too late for this generation.
 * - Open child runs are cancelled, open timers and steps forgotten: what they answer later reaches no generation.
 * - Finalizers on the way run, and see an interruption; those of the run's own scope see a success. It takes place if the body ends by
 *   it, and not if something else wins a race or catches the interruption.
 * - With compensations registered it is a defect, `ContinueFailed`: the next generation could not run them.
 *
 * @example
 * const next = { ...state, day: state.day + 1 }
 * if ((yield* historyLength) > 5_000) return yield* continueAsNew(next)
 */
export const continueAsNew: {
  <Name extends string, In, Out, Err>(
    workflow: Workflow<Name, In, Out, Err>,
    input: In,
    options?: ContinueOptions
  ): Effect.Effect<Out, Err, Run>
  (input: unknown, options?: ContinueOptions): Effect.Effect<never, never, Run>
} = (...args: ReadonlyArray<any>): Effect.Effect<never, never, Run> =>
  Effect.suspend(() => {
    const [workflow, input, options]: [AnyWorkflow | undefined, unknown, ContinueOptions | undefined] =
      args.length > 1 && isWorkflow(args[0]) ? [args[0], args[1], args[2]] : [undefined, args[0], args[1]]
    return Effect.flatMap(RunPortKey, (port) => port.continueAsNew(workflow, input, options ?? {}))
  })

const isWorkflow = (value: unknown): value is AnyWorkflow =>
  typeof value === "object" && value !== null && "workflowName" in value && "body" in value && "childOrFail" in value

/**
 * Messages that this generation has adopted so far: what a replay costs, and what has a limit (25,000). From half of the limit on
 * the host warns. A function of the history, so that it may decide what the body does.
 */
export const historyLength: Effect.Effect<number, never, Run> = Effect.flatMap(RunPortKey, (port) => port.messages)
