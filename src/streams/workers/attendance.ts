import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { isStepWanted } from "../../actor/history/head.ts"
import type { StepMark } from "../../store/beside/stepMarks.ts"
import { RunTable } from "../../store/runTable.ts"
import type { Delivery, StepRequest } from "../../store/stepQueue.ts"
import { type Claim, Place } from "../fairness/place.ts"
import { attendStep } from "../steps/executeStep.ts"
import type { Attend, ExecutionRequest } from "../steps/execution.ts"
import type { Runs } from "../turns/runs.ts"
import { HeartbeatKeeper } from "./heartbeatKeeper.ts"

/** An execution that is to be looked after. */
export interface Attended {
  readonly step: AnyStep
  readonly delivery: Delivery
  readonly message: StepRequest
  readonly request: ExecutionRequest
  readonly services: Context.Context<never>
  readonly mark: StepMark | undefined
}

/**
 * A step under way is stopped when nobody waits for it any more: its run was cancelled, or went on by a time-out or a lost race (S26). This
 * process knows at once what its own commits say. What others have committed is looked at whenever the step's message is hidden for longer, which no short
 * step comes to.
 */
export const executeAttended = (runs: Runs["Service"], attended: Attended) =>
  Effect.withFiber((fiber) => {
    const { message, request, services, step } = attended
    const { claim } = fiber.getRef(Place)
    const looks: Claim = claim ?? {}
    const attend: Attend = (stop) => {
      const leave = runs.underWay.begin(message.runId, message, stop)
      looks.onRenewed = looking(fiber.context, message, stop)
      return () => {
        leave()
        looks.onRenewed = undefined
      }
    }
    return step.heartbeatMs === undefined
      ? attendStep(step, request, services, attend)
      : withHeartbeats(attended, step.heartbeatMs, looks, attend)
  })

/**
 * The claim on the message of such a step lasts for a heartbeat: who has lost its worker is found within it. It is kept until the message is done with, be
 * it that the store is away by then: so its fiber ends with the one that handles the message.
 */
const withHeartbeats = Effect.fnUntraced(function* (
  { delivery, mark, message, request, services, step }: Attended,
  heartbeatMs: number,
  claim: Claim,
  attend: Attend
) {
  const keeper = new HeartbeatKeeper(delivery, message, heartbeatMs, mark)
  if (heartbeatMs < (claim.visibilityMs ?? Number.POSITIVE_INFINITY)) {
    claim.isRenewedByWork = true
    yield* Effect.forkChild(keeper.keepClaim(() => claim.onRenewed?.()))
  }
  const writing = yield* Effect.forkChild(keeper.writeDown)
  const lastWords = Effect.andThen(Fiber.interrupt(writing), keeper.lastWords)
  const code = attendStep(step, { ...request, onBeats: keeper.listenTo }, services, attend)
  const execution = yield* Effect.onInterrupt(code, () => lastWords)
  yield* execution._tag === "Retry" ? lastWords : Fiber.interrupt(writing)
  return execution
})

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
