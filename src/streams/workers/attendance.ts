import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { isStepWanted } from "../../actor/history/head.ts"
import { RunTable } from "../../store/runTable.ts"
import type { StepRequest } from "../../store/stepQueue.ts"
import { Place } from "../fairness/place.ts"
import type { Attend } from "../steps/execution.ts"
import type { Runs } from "../turns/runs.ts"

/**
 * A step under way is stopped when nobody waits for it any more: its run was cancelled, or went on by a time-out or a lost race (S26). This
 * process knows at once what its own commits say. What others have committed is looked at whenever the step's message is hidden for longer, which no short
 * step comes to.
 */
export const attendance = (runs: Runs["Service"], message: StepRequest): Effect.Effect<Attend, never, RunTable> =>
  Effect.withFiber((fiber) =>
    Effect.sync(
      (): Attend => (stop) => {
        const { claim } = fiber.getRef(Place)
        const leave = runs.underWay.begin(message.runId, message.key, stop)
        if (claim !== undefined) claim.onRenewed = looking(fiber.context, message, stop)
        return () => {
          leave()
          if (claim !== undefined) claim.onRenewed = undefined
        }
      }
    )
  )

/** Not written where it is assigned: see `resuming` in `queueLoop.ts`. */
const looking = (context: Context.Context<never>, message: StepRequest, stop: () => void) => () => {
  Effect.runForkWith(context as Context.Context<RunTable>)(stopIfUnwanted(message, stop))
}

/** A store that is away says nothing, and is asked again with the next renewal. */
const stopIfUnwanted = (message: StepRequest, stop: () => void) =>
  Effect.ignore(
    Effect.flatMap(RunTable, (table) =>
      Effect.map(table.readHead(message.runId), (head) => {
        if (head !== undefined && !isStepWanted(head, message)) stop()
      })
    )
  )
