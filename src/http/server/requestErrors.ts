import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { HttpApiSchemaError } from "effect/http-api/HttpApiError"
import * as Layer from "effect/Layer"
import { misfitOf } from "../../actor/values/misfit.ts"
import type { ApiError } from "../definition/apiError.ts"
import { OpenLimits, RequestErrors } from "../definition/middleware.ts"
import { whenBroken } from "../operations/refusals.ts"
import { apiError } from "./apiErrors.ts"
import type { Limits } from "./limits.ts"

const slots: Readonly<Record<string, string>> = { Payload: "body", Query: "query", Params: "path", Headers: "headers" }

/** Requests that do not fit the definition, and what breaks inside, have the form of all errors. */
export const requestErrorsLayer = Layer.succeed(RequestErrors, (handled) =>
  handled.pipe(
    Effect.catch((error: unknown): Effect.Effect<never, ApiError<"BadRequest"> | ApiError<"InternalError">> => {
      if (!HttpApiSchemaError.is(error)) return Effect.fail(error as ApiError<"BadRequest">)
      const slot = slots[error.kind]
      if (slot === undefined) return Effect.die(error)
      return Effect.fail(apiError("BadRequest", `the ${slot} does not fit: ${misfitOf(error.cause)}`))
    }),
    Effect.catchDefect((defect) =>
      Effect.andThen(
        Effect.logError("a request failed", Cause.die(defect)),
        Effect.fail(apiError("InternalError", whenBroken))
      )
    )
  )
)

/** Whoever needs no key: the token of a callback or a signature is the right to it. */
export const openLimitsLayer = (limits: Limits) =>
  Layer.succeed(OpenLimits, (handled) => Effect.andThen(limits.spendOpen(), handled))
