import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import type { StepContext } from "../../src/actor/definitions/definition.ts"
import { addressOf } from "../../src/actor/history/generation.ts"

/**
 * The generation that a step is executed for. Its code is told the run alone, and its idempotency key may be of an earlier one; the lines of its log tell
 * it. To be called in the fiber of its code.
 */
export const addressOfStep = ({
  idempotencyKey,
  runId
}: Pick<StepContext<unknown>, "idempotencyKey" | "runId">): string => {
  const { generation, run } = Fiber.getCurrent()?.getRef(References.CurrentLogAnnotations) ?? {}
  if (run === runId) return addressOf(runId, typeof generation === "number" ? generation : 0)
  const [known = ""] = idempotencyKey.split("/", 1)
  return addressOf(runId, Number(/\^(\d+)$/.exec(known)?.[1] ?? 0))
}
