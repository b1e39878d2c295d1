import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { AnyUpdate } from "../definitions/definition.ts"
import type { Outcome } from "../history/outcome.ts"
import { failedUpdate } from "../history/reply.ts"
import { defectToJson, describeDefect } from "../values/defect.ts"
import { asksToContinue } from "./continuing/continuing.ts"

/** What a handler, or a validator that refused, has come to. `isOver`: the body has ended or is cancelled, and its handlers with it. */
export const updateOutcome = (
  update: AnyUpdate,
  exit: Exit.Exit<unknown, unknown>,
  isOver: boolean,
  who: "handler" | "validator" = "handler"
): Outcome => {
  const { updateName: name } = update
  const misfit = (what: string, why: string) =>
    failedUpdate({ reason: "invalidAnswer", message: `the ${what} of update ${name} does not fit its schema: ${why}` })
  if (Exit.isSuccess(exit)) {
    const encoded = update.output().encode(exit.value)
    return Result.isSuccess(encoded)
      ? { tag: "succeeded", payload: encoded.success.payload }
      : misfit("answer", encoded.failure)
  }
  const { cause } = exit
  const defects = cause.reasons.flatMap((reason) => (reason._tag === "Die" ? [reason.defect] : []))
  if (defects.length > 0) {
    const message = `the ${who} of update ${name} died: ${defects.map(describeDefect).join("; ")}`
    return failedUpdate({ reason: "died", message, cause: defectToJson(defects[0]) })
  }
  const error = Cause.findError(cause)
  if (Result.isSuccess(error)) {
    const encoded = update.error().encode(error.success as never)
    return Result.isSuccess(encoded)
      ? { tag: "failed", payload: encoded.success.payload }
      : misfit("error", encoded.failure)
  }
  if (isOver) return failedUpdate({ reason: "runEnded", message: `the run ended while update ${name} was under way` })
  const message = asksToContinue(cause)
    ? `the ${who} of update ${name} asks to continue as new, which only the body can: let the handler tell it, by a Deferred that it awaits`
    : `the ${who} of update ${name} interrupted itself`
  return failedUpdate({ reason: "died", message })
}
