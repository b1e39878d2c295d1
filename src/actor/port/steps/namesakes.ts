import * as Effect from "effect/Effect"
import type { AnyStep, AnyWorkflow } from "../../definitions/definition.ts"

/** What a host has under a name. */
export interface Registered {
  readonly step: (name: string) => AnyStep | undefined
  readonly workflow: (name: string, version: string) => AnyWorkflow | undefined
}

/**
 * A warning in the run's log, once a run, when its body calls a step or child workflow and this host has registered another definition
 * under that name. Commands go by name, so the registered code runs. That may be intended (a test registers a stand-in), and
 * two copies of one module look the same: so it is no error.
 */
export class Namesakes {
  private readonly registered: Registered
  /** Of nearly all runs there is nothing to tell. */
  private told: Set<string> | undefined

  constructor(registered: Registered) {
    this.registered = registered
  }

  ofStep<A, E, R>(step: AnyStep, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const known = this.registered.step(step.stepName)
    return known === undefined || known === step ? call : this.tell(`step ${step.stepName}`, call)
  }

  ofChild<A, E, R>(child: AnyWorkflow, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const known = this.registered.workflow(child.workflowName, child.version)
    return known === undefined || known === child ? call : this.tell(`child run ${child.workflowName}`, call)
  }

  private tell<A, E, R>(what: string, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    this.told ??= new Set()
    if (this.told.has(what)) return call
    this.told.add(what)
    const warning = Effect.logWarning(
      `the workflow asks for ${what}, and this host has another definition of that name, whose code runs in its place. ` +
        "Register the definition that the workflow calls, or give one of them another name"
    )
    return Effect.andThen(warning, call)
  }
}
