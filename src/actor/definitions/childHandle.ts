import * as Effect from "effect/Effect"
import { ChildFailed } from "../errors.ts"
import { isA } from "../values/defect.ts"
import type { ChildHandle } from "./definition.ts"
import { Run } from "./run.ts"
import type { StartedChild } from "./runPort.ts"

/**
 * What a body is given of a child run that it has started. Its effects are those of that run: another run that got hold of the handle, through a
 * variable of a module, would change what is not its own. Which run it is does not go by its id: a fork has that of its source until it goes on by itself.
 */
export const handleOf = <Out, Err>(started: StartedChild, parent: Run["Service"]): ChildHandle<Out, Err> => {
  const own = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E, Run> =>
    Effect.flatMap(Run, (run) => (run === parent ? effect : Effect.die(notIts(started, parent.runId, run.runId))))
  const outcome = own<Out, Err>(started.outcome)
  return {
    get runId() {
      return started.runId
    },
    await: outcome,
    awaitOrFail: failuresAsErrors(outcome),
    signal: (signal, payload, options) => own(started.signal(signal, payload, options?.id)),
    cancel: own(started.cancel)
  }
}

const notIts = ({ runId }: StartedChild, parent: string, other: string): Error =>
  new Error(
    `the handle of child run ${runId} belongs to run ${parent}, which has started it, and was used by run ${other}: ` +
      "hand on the run id, and wait for it by await(runId)"
  )

/** With failures of the runtime's kind in the error channel. */
export const failuresAsErrors = <Out, Err>(
  effect: Effect.Effect<Out, Err, Run>
): Effect.Effect<Out, Err | ChildFailed, Run> =>
  Effect.catchDefect(
    effect,
    (defect): Effect.Effect<never, ChildFailed> => (isA(ChildFailed, defect) ? Effect.fail(defect) : Effect.die(defect))
  )
