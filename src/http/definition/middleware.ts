import * as Context from "effect/Context"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import { plainErrors } from "./apiError.ts"

/** Who asks, as authentication has found out. */
export interface CallerIdentity {
  /** Whose runs there are for it: others are as if they were not there. */
  readonly tenant: string
  /** For limits and logs: the name of the key, or whoever a verifier says it is. */
  readonly name: string
  /** It may look, and nothing else. Default false. */
  readonly readsOnly?: boolean
}

export class Caller extends Context.Service<Caller, CallerIdentity>()("dynactor/http/Caller") {}

/** Finds out who asks, and how often they may. */
export class Authentication extends HttpApiMiddleware.Service<Authentication, { provides: Caller }>()(
  "dynactor/http/Authentication",
  {
    error: plainErrors("Unauthorized", "KeyReadsOnly", "RateExceeded", "TooManyWaits"),
    security: { key: HttpApiSecurity.bearer }
  }
) {}

/** How often anybody may who needs no key: the token of a callback is the right to answer it. */
export class OpenLimits extends HttpApiMiddleware.Service<OpenLimits>()("dynactor/http/OpenLimits", {
  error: plainErrors("RateExceeded")
}) {}

/** What is wrong with a request as such, in the form of all errors. */
export class RequestErrors extends HttpApiMiddleware.Service<RequestErrors>()("dynactor/http/RequestErrors", {
  error: plainErrors("BadRequest", "RequestTooLarge", "HostRefused", "OriginRefused", "InternalError")
}) {}
