import { fromPayload } from "../values/payload.ts"
import type { Outcome } from "./outcome.ts"

/** Why a run that another waits for cannot be waited for. */
export type AwaitRefusal =
  | { readonly reason: "notFound" }
  /** The name of the workflow that it is of. */
  | { readonly reason: "otherWorkflow"; readonly workflow: string }

/** No run's own end looks like it: a defect has no such field. */
const mark = "dynactor.await"

export const refusedAwait = (refusal: AwaitRefusal): Outcome => ({
  tag: "died",
  payload: { json: JSON.stringify({ [mark]: refusal }) }
})

export const readAwaitRefusal = (outcome: Outcome): AwaitRefusal | undefined => {
  if (outcome.tag !== "died") return undefined
  const value = fromPayload(outcome.payload)
  return typeof value === "object" && value !== null && mark in value ? (value[mark] as AwaitRefusal) : undefined
}
