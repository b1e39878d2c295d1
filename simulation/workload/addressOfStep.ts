import type { StepContext } from "../../src/actor/definitions/definition.ts"
import { addressOf } from "../../src/actor/history/generation.ts"

/** The generation that a step is executed for: its code is told the run. */
export const addressOfStep = ({
  idempotencyKey,
  runId
}: Pick<StepContext<unknown>, "idempotencyKey" | "runId">): string => {
  const [run = ""] = idempotencyKey.split("/", 1)
  return addressOf(runId, Number(/\^(\d+)$/.exec(run)?.[1] ?? 0))
}
