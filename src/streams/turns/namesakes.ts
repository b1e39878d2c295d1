import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AnyStep, AnyWorkflow } from "../../actor/definitions/definition.ts"
import { type RunPort, RunPortKey } from "../../actor/definitions/runPort.ts"

/** What a host has under a name. */
interface Registered {
  readonly step: (name: string) => AnyStep | undefined
  readonly workflow: (name: string, version: string) => AnyWorkflow | undefined
}

/**
 * The workflow, but with a warning in the run's log, once a run, when it calls a step or child workflow and this host has
 * registered another
 * definition under that name. Commands go by name, so the registered code runs. That may be intended (a test registers a stand-in), and
 * two copies of one module look the same: so it is no error.
 */
export const warningOfNamesakes = (workflow: AnyWorkflow, registered: Registered): AnyWorkflow => ({
  ...workflow,
  body: (input) => {
    const body = workflow.body(input)
    // The runtime refuses a body that returned no Effect.
    if (!Effect.isEffect(body)) return body
    return Effect.updateContext(body, (context: Context.Context<any>) =>
      Context.add(context, RunPortKey, warningPort(Context.get(context, RunPortKey), registered))
    ) as ReturnType<AnyWorkflow["body"]>
  }
})

const warningPort = (port: RunPort, registered: Registered): RunPort => {
  const told = new Set<string>()
  const telling = <A, E, R>(what: string, called: unknown, known: unknown, call: Effect.Effect<A, E, R>) => {
    if (known === undefined || known === called || told.has(what)) return call
    told.add(what)
    const warning = Effect.logWarning(
      `the workflow asks for ${what}, and this host has another definition of that name, whose code runs in its place. ` +
        "Register the definition that the workflow calls, or give one of them another name"
    )
    return Effect.andThen(warning, call)
  }
  return {
    ...port,
    step: (step, input, key) =>
      telling(`step ${step.stepName}`, step, registered.step(step.stepName), port.step(step, input, key)),
    child: (child, input, options) => {
      const known = registered.workflow(child.workflowName, child.version)
      return telling(`child run ${child.workflowName}`, child, known, port.child(child, input, options))
    },
    start: (child, input, options) => {
      const known = registered.workflow(child.workflowName, child.version)
      return telling(`child run ${child.workflowName}`, child, known, port.start(child, input, options))
    }
  }
}
