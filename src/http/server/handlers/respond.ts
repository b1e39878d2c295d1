import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { signedText } from "../../../actor/values/json.ts"
import { ApiError, type ApiErrorOf, type ErrorTag } from "../../definition/apiError.ts"
import { Caller } from "../../definition/middleware.ts"
import { errorStatuses } from "../../errors.ts"
import { refusalOf } from "../../operations/refusals.ts"
import type { ApiResponse } from "../../operations/response.ts"
import type { TenantServices, Tenants } from "./tenants.ts"

export interface Failure {
  readonly _tag: ErrorTag
  readonly message: string
}

/** Runs operations on the caller's runs, and answers as the function on Lambda does, to the letter. */
export const responder = (tenants: Tenants) => {
  const ofCaller = <A, E, R extends TenantServices>(operation: Effect.Effect<A, E, R>): Effect.Effect<A, E, Caller> =>
    Effect.flatMap(Caller, ({ tenant }) => {
      const services = tenants.servicesOf(tenant)
      if (services !== undefined) return withServices(operation, services)
      return Effect.die(
        new Error(`a caller of tenant ${JSON.stringify(tenant)} was let in, and this server has none of that name`)
      )
    })
  const respond = <E extends Failure, R extends TenantServices>(operation: Effect.Effect<ApiResponse, E, R>) =>
    respondWith(ofCaller(operation))
  /** Of what is a response of the web's own. */
  const respondWeb = <E extends Failure, R extends TenantServices>(operation: Effect.Effect<Response, E, R>) =>
    refusing(Effect.map(ofCaller(operation), HttpServerResponse.fromWeb))
  return { respond, respondWeb }
}

/** All that an operation needs is among them. */
export const withServices = <A, E, R extends TenantServices>(
  operation: Effect.Effect<A, E, R>,
  services: Context.Context<TenantServices>
): Effect.Effect<A, E> => Effect.provideContext(operation as Effect.Effect<A, E, TenantServices>, services)

export const respondWith = <E extends Failure, R>(
  operation: Effect.Effect<ApiResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, ApiErrorOf<E["_tag"]>, R> =>
  refusing(Effect.map(operation, ({ status, body }) => jsonResponse(status, body)))

const refusing = <A, E extends Failure, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, ApiErrorOf<E["_tag"]>, R> =>
  Effect.catch(effect, (error: E) =>
    Effect.flatMap(refusalOf(error), ({ status, body: { error: tag, message } }) =>
      Effect.fail(new ApiError(tag, message, status) as ApiErrorOf<E["_tag"]>)
    )
  )

export const jsonResponse = (status: number, body: unknown) =>
  HttpServerResponse.text(signedText(body), {
    status,
    contentType: "application/json",
    // Who reads a run's state reads it now, and not what a proxy has kept.
    headers: { "cache-control": "no-store" }
  })

export const apiError = <Tag extends ErrorTag>(tag: Tag, message: string) =>
  new ApiError(tag, message, errorStatuses[tag])
