import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { TransactionCancelled } from "../../../actor/errors.ts"
import { runIdOf } from "../../../actor/history/generation.ts"
import { unwritten } from "../../../streams/steps/executeStep.ts"
import type { Execution } from "../../../streams/steps/execution.ts"
import { writesOf } from "../../../streams/steps/transactions/plan.ts"
import type { StepCall, StepWorkers } from "./stepCall.ts"

/** What becomes of an execution: of one that is lost nothing is written. */
export const written = (
  { attempt, runId, step }: StepCall,
  execution: Execution,
  { transact, world }: StepWorkers,
  isLost: boolean
): Execution => {
  if (execution._tag !== "Done" || execution.plan === undefined || isLost) return execution
  const { plan } = execution
  const cancelled = transact?.(writesOf(plan), { step: step.stepName, runId: runIdOf(runId), world })
  if (!(cancelled instanceof TransactionCancelled)) return execution
  return Effect.runSync(
    Effect.provideService(unwritten(step, attempt, plan, cancelled, false), Random.Random, noJitter)
  )
}

const noJitter = { nextDoubleUnsafe: () => 0, nextIntUnsafe: () => 0 }
