import * as Effect from "effect/Effect"
import { errorPage } from "../../actor/errorPages.ts"
import type { StoreRefused } from "../../store/errors.ts"
import { errorStatuses } from "../errors.ts"

interface Failure {
  readonly _tag: keyof typeof errorStatuses
  readonly message: string
}

/** What a caller is told of an error: `{ error, message, help }` under its status. */
export const refusalOf = Effect.fnUntraced(function* (error: Failure) {
  const { _tag, message } = error
  // What the store says names tables and roles: for the log, not for the caller.
  if (_tag === "StoreUnavailable") {
    yield* Effect.logWarning(message)
    return refusal(errorStatuses[_tag], _tag, "the store did not answer: try again")
  }
  if (_tag === "StoreRefused" && (error as StoreRefused).mend !== undefined) {
    yield* Effect.logError(message)
    return refusal(
      500,
      _tag,
      "this deployment is not set up as it should be, and asking again is of no use until it is: see the log"
    )
  }
  return refusal(errorStatuses[_tag], _tag, message)
})

export const refusal = (status: number, error: Failure["_tag"], message: string) => ({
  status,
  body: { error, message, help: errorPage(error) }
})

export const whenBroken = "the request failed for a reason of our own: see the log"
