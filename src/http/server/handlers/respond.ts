import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { signedText } from "../../../actor/values/json.ts"
import { ApiError, type ApiErrorOf, type ErrorTag } from "../../definition/apiError.ts"
import { Caller } from "../../definition/middleware.ts"
import { refusalOf } from "../../operations/refusals.ts"
import type { ApiResponse } from "../../operations/response.ts"
import { apiError } from "../apiErrors.ts"
import type { Limits } from "../limits.ts"
import type { TenantServices, Tenants } from "./tenants.ts"

export interface Failure {
  readonly _tag: ErrorTag
  readonly message: string
}

/** Runs operations on the caller's runs, and answers as the function on Lambda does, to the letter. */
export const responder = (tenants: Tenants, limits: Limits) => {
  const ofCaller = <A, E, R extends TenantServices>(operation: Effect.Effect<A, E, R>): Effect.Effect<A, E, Caller> =>
    Effect.flatMap(Caller, ({ tenant }) => {
      const services = tenants.servicesOf(tenant)
      if (services !== undefined) return withServices(operation, services)
      return Effect.die(
        new Error(`a caller of tenant ${JSON.stringify(tenant)} was let in, and this server has none of that name`)
      )
    })
  const respond = <E extends Failure, R extends TenantServices>(
    operation: Effect.Effect<ApiResponse, E, R>,
    waitMs = 0
  ) => respondWith(ofCaller(operation), limits.requestTimeoutMs + waitMs)
  /** One that waits for news, up to `waitMs`. */
  const respondLater = <E extends Failure, R extends TenantServices>(
    waitMs: number,
    operation: Effect.Effect<ApiResponse, E, R>
  ) =>
    waitMs === 0
      ? respond(operation)
      : Effect.flatMap(Caller, (caller) =>
          Effect.acquireUseRelease(
            limits.takePlace(caller),
            () => respond(operation, waitMs),
            (giveBack) => Effect.sync(giveBack)
          )
        )
  /** Of what goes on: its place is given back with the end of its body. */
  const respondOn = <E extends Failure, R extends TenantServices>(operation: Effect.Effect<Response, E, R>) =>
    Effect.gen(function* () {
      const giveBack = yield* limits.takePlace(yield* Caller)
      const opened = refusing(ofCaller(operation)).pipe(
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.sync(giveBack)))
      )
      return HttpServerResponse.fromWeb(endingWith(yield* opened, giveBack))
    })
  return { respond, respondLater, respondOn }
}

/** The same response, and word of when it is over or nobody reads on. */
const endingWith = (response: Response, onEnd: () => void): Response => {
  const reader = response.body?.getReader()
  if (reader === undefined) {
    onEnd()
    return response
  }
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        if (value !== undefined) controller.enqueue(value)
        if (!done) return
        onEnd()
        controller.close()
      } catch (error) {
        onEnd()
        controller.error(error)
      }
    },
    cancel: (reason) => {
      onEnd()
      return reader.cancel(reason)
    }
  })
  return new Response(body, response)
}

/** All that an operation needs is among them. */
export const withServices = <A, E, R extends TenantServices>(
  operation: Effect.Effect<A, E, R>,
  services: Context.Context<TenantServices>
): Effect.Effect<A, E> => Effect.provideContext(operation as Effect.Effect<A, E, TenantServices>, services)

export const respondWith = <E extends Failure, R>(
  operation: Effect.Effect<ApiResponse, E, R>,
  timeoutMs: number
): Effect.Effect<HttpServerResponse.HttpServerResponse, ApiErrorOf<E["_tag"] | "StoreUnavailable">, R> =>
  refusing(
    Effect.map(operation, ({ status, body }) => jsonResponse(status, body)).pipe(
      Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(late as E | typeof late) })
    )
  )

const late = apiError("StoreUnavailable", "the request was not answered in time")

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
