import type { AnyStep, AnyWorkflow } from "../definition.ts"
import type { LimitUse } from "./limitUse.ts"

/** Throws a RangeError where two definitions have other numbers for one limit: whoever asks last would decide. */
export const assertLimitsAgree = (workflows: ReadonlyArray<AnyWorkflow>, steps: ReadonlyArray<AnyStep>): void => {
  const found = new Map<string, { readonly numbers: string; readonly at: string }>()
  const look = ({ limit: { limitName, spec } }: LimitUse<any>, at: string) => {
    const numbers = JSON.stringify([spec.concurrency, spec.rate?.count, spec.rate?.periodMs])
    const before = found.get(limitName)
    if (before !== undefined && before.numbers !== numbers)
      throw new RangeError(
        `two different definitions of limit ${limitName}: ${before.at} and ${at} are held to other numbers. Define it once, and import it`
      )
    found.set(limitName, before ?? { numbers, at })
  }
  for (const { limits, workflowName } of workflows) for (const use of limits) look(use, `workflow ${workflowName}`)
  for (const { limit, stepName } of steps) if (limit !== undefined) look(limit, `step ${stepName}`)
}
