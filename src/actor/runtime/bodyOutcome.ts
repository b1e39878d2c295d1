import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { AnyWorkflow } from "../definitions/definition.ts"
import { ChildFailed, CompensationFailed } from "../errors.ts"
import type { Outcome } from "../history/outcome.ts"
import { defectToJson, describeDefect, isA } from "../values/defect.ts"
import type { Json } from "../values/json.ts"

/** Set while the run was asked to cancel: only then is an interrupted body a cancelled run. */
export interface Cancelled {
  readonly reason: string | null
}

export const cancelledReason = (reason: string | null | undefined): Cancelled | undefined =>
  reason === undefined ? undefined : { reason }

/**
 * The outcome of a run from the exit of its body and that of its compensations.
 *
 * A body that answers in spite of a cancellation (it caught the interruption) has answered. A typed error beside
 * interruptions of its own fibers is a typed error. Whatever does not fit its schema, and a compensation that died, is a
 * defect and says so: nothing is lost in silence.
 */
export const bodyOutcome = (
  workflow: AnyWorkflow,
  exit: Exit.Exit<unknown, unknown>,
  closed: Exit.Exit<unknown, unknown>,
  cancelled: Cancelled | undefined
): Outcome => {
  const outcome = exitOutcome(workflow, exit, cancelled)
  if (Exit.isSuccess(closed)) return outcome
  const failures = defectsOf(closed.cause).map((defect) => defectToJson(defect))
  const after = Exit.isSuccess(exit)
    ? "success"
    : outcome.tag === "cancelled"
      ? "cancellation"
      : describeCause(exit.cause)
  const failure = new CompensationFailed({ message: `compensation or finalizer failed after: ${after}` })
  return died({ _tag: failure._tag, message: failure.message, failures })
}

const exitOutcome = (
  workflow: AnyWorkflow,
  exit: Exit.Exit<unknown, unknown>,
  cancelled: Cancelled | undefined
): Outcome => {
  if (Exit.isSuccess(exit)) {
    const encoded = workflow.output().encode(exit.value)
    return Result.isSuccess(encoded)
      ? { tag: "succeeded", payload: encoded.success.payload }
      : died(misfit(workflow, "output", encoded.failure))
  }
  const { cause } = exit
  const defects = defectsOf(cause).filter((defect) => !(cancelled !== undefined && isCancelledChild(defect)))
  if (defects.length === 1) return died(defectToJson(defects[0]))
  if (defects.length > 0) {
    const message = defects.map(describeDefect).join("; ")
    return died({ name: "SeveralDefects", message, defects: defects.map((defect) => defectToJson(defect)) })
  }
  const error = Cause.findError(cause)
  if (Result.isSuccess(error)) {
    const encoded = workflow.error().encode(error.success as never)
    return Result.isSuccess(encoded)
      ? { tag: "failed", payload: encoded.success.payload }
      : died({ ...misfit(workflow, "error", encoded.failure), cause: defectToJson(error.success) })
  }
  if (cancelled !== undefined) return { tag: "cancelled", payload: { json: JSON.stringify(cancelled.reason) } }
  return died({ name: "Interrupted", message: "the workflow interrupted itself" })
}

/** A child that was cancelled with its parent: what was asked for, and no defect. */
const isCancelledChild = (defect: unknown): boolean => isA(ChildFailed, defect) && defect.reason === "cancelled"

/** A typed error together with a defect (of a finalizer, or of another fiber) counts as a defect. */
const defectsOf = (cause: Cause.Cause<unknown>): ReadonlyArray<unknown> =>
  cause.reasons.flatMap((reason) => (reason._tag === "Die" ? [reason.defect] : []))

const died = (cause: Json): Outcome => ({ tag: "died", payload: { json: JSON.stringify(cause) } })

const misfit = (workflow: AnyWorkflow, what: "output" | "error", why: string) => ({
  name: "InvalidOutcome",
  message: `the ${what} of workflow ${workflow.workflowName} does not fit its schema: ${why}`
})

const describeCause = (cause: Cause.Cause<unknown>): string => describeDefect(Cause.squash(cause))
