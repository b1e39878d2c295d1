import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AnyWorkflow } from "./definition.ts"
import { type RunPort, RunPortKey, type StartedChild } from "./runPort.ts"

/** The same workflow, whose body asks another port: for those who note what it asks for. */
export const withPort = (workflow: AnyWorkflow, change: (port: RunPort) => RunPort): AnyWorkflow => ({
  ...workflow,
  body: (input) => {
    const body = workflow.body(input)
    // The core refuses a body that returned no Effect.
    if (!Effect.isEffect(body)) return body
    return Effect.flatMap(RunPortKey, (port) =>
      Effect.updateContext(body, (context: Context.Context<any>) => Context.add(context, RunPortKey, change(port)))
    ) as ReturnType<AnyWorkflow["body"]>
  }
})

/** The same child run, of which some is done otherwise. No copy: which run it is may change. */
export const withChild = (started: StartedChild, change: Partial<StartedChild>): StartedChild =>
  Object.assign(Object.create(started), change)
