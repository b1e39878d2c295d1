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
class OwnHandle<Out, Err> implements ChildHandle<Out, Err> {
  readonly await: ChildHandle<Out, Err>["await"]
  readonly awaitOrFail: ChildHandle<Out, Err>["awaitOrFail"]
  readonly cancel: ChildHandle<Out, Err>["cancel"]
  private readonly started: StartedChild
  private readonly parent: Run["Service"]

  constructor(started: StartedChild, parent: Run["Service"]) {
    this.started = started
    this.parent = parent
    this.await = this.own<Out, Err>(started.outcome)
    this.awaitOrFail = failuresAsErrors(this.await)
    this.cancel = this.own(started.cancel)
  }

  get runId(): string {
    return this.started.runId
  }

  readonly signal: ChildHandle<Out, Err>["signal"] = (signal, payload, options) =>
    this.own(this.started.signal(signal, payload, options?.id))

  private own<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E, Run> {
    const { parent, started } = this
    return Effect.flatMap(Run, (run) =>
      run === parent ? effect : Effect.die(notIts(started, parent.runId, run.runId))
    )
  }
}

export const handleOf = <Out, Err>(started: StartedChild, parent: Run["Service"]): ChildHandle<Out, Err> =>
  new OwnHandle(started, parent)

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
