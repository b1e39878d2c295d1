import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { ApiError, ErrorTag } from "../definition/apiError.ts"
import { Authentication, Caller, type CallerIdentity } from "../definition/middleware.ts"
import { apiError } from "./apiErrors.ts"
import { type ApiKey, findKey } from "./apiKeys.ts"
import type { Limits } from "./limits.ts"
import { withoutTokens } from "./withoutTokens.ts"

/**
 * Who may ask. `keys`: whoever sends one of these as `Authorization: Bearer <key>`; an effect is asked for them at each request, and may
 * keep them as long as it likes. `verify`: whoever your own check lets in; `undefined` lets nobody in.
 */
export type AuthenticationOptions =
  | { readonly keys: ReadonlyArray<ApiKey> | Effect.Effect<ReadonlyArray<ApiKey>> }
  | {
      readonly verify: (
        request: VerifiedRequest
      ) => Effect.Effect<CallerIdentity | undefined> | Promise<CallerIdentity | undefined>
    }

/** What a check of your own may go by. */
export interface VerifiedRequest {
  readonly method: string
  readonly path: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

const nobodyInParticular: CallerIdentity = { tenant: "", name: "anybody" }

/** Undefined: whoever reaches the server may do everything. */
export const authenticationLayer = (options: AuthenticationOptions | undefined, limits: Limits) =>
  Layer.succeed(Authentication, {
    key: (handled, { credential, endpoint }) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const caller =
          options === undefined ? nobodyInParticular : yield* identify(options, request, Redacted.value(credential))
        if (caller === undefined) {
          yield* limits.spendOpen()
          const what =
            "keys" in (options ?? {})
              ? "send Authorization: Bearer <one of the keys of this server>"
              : "this server did not let the request in"
          return yield* refuse("Unauthorized", `nobody is known by this request: ${what}`)
        }
        if (options !== undefined) yield* limits.spendOfCaller(caller)
        if (caller.readsOnly === true && endpoint.method !== "GET")
          return yield* refuse(
            "KeyReadsOnly",
            `${caller.name} may look, and nothing else: this takes a key that may write`
          )
        const answer = Effect.provideService(handled, Caller, caller)
        return yield* caller.readsOnly === true ? Effect.map(answer, withoutTokens) : answer
      })
  })

const refuse = <Tag extends ErrorTag>(tag: Tag, message: string): Effect.Effect<never, ApiError<Tag>> =>
  Effect.fail(apiError(tag, message))

const identify = Effect.fnUntraced(function* (
  options: AuthenticationOptions,
  request: HttpServerRequest.HttpServerRequest,
  presented: string
) {
  if ("verify" in options) {
    const { method, url, headers } = request
    const verdict = options.verify({ method, path: url, headers })
    return Effect.isEffect(verdict) ? yield* verdict : yield* Effect.promise(() => verdict)
  }
  const keys = Effect.isEffect(options.keys) ? yield* options.keys : options.keys
  const key = findKey(keys, presented)
  if (key === undefined) return undefined
  const { name, tenant = "", readsOnly = false } = key
  return { name, tenant, readsOnly } satisfies CallerIdentity
})
