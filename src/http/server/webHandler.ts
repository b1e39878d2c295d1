import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { errorPage } from "../../actor/errorPages.ts"
import { signedText } from "../../actor/values/json.ts"
import { readTraceparent } from "../../actor/values/traceparent.ts"
import type { ApiError } from "../definition/apiError.ts"
import { DynactorApi } from "../definition/dynactorApi.ts"
import { openApiDocument } from "../definition/openApi.ts"
import { type FoundRoute, findSent, pathOf, type RouteName } from "../definition/routes.ts"
import type { ApiDefinitions } from "../operations/definitions.ts"
import { apiError } from "./apiErrors.ts"
import { type AuthenticationOptions, authenticationLayer } from "./authentication.ts"
import { readBody } from "./body.ts"
import { openChanges } from "./changes/changeEvents.ts"
import { callbacksHandlers } from "./handlers/callbacksHandlers.ts"
import { inspectionHandlers } from "./handlers/inspectionHandlers.ts"
import { limitsHandlers } from "./handlers/limitsHandlers.ts"
import { runsHandlers } from "./handlers/runsHandlers.ts"
import { schedulesHandlers } from "./handlers/schedulesHandlers.ts"
import { systemHandlers } from "./handlers/systemHandlers.ts"
import { openTenants, type TenantsOptions } from "./handlers/tenants.ts"
import { webhooksHandlers } from "./handlers/webhooksHandlers.ts"
import { type LimitsOptions, makeLimits } from "./limits.ts"
import { openLimitsLayer, requestErrorsLayer } from "./requestErrors.ts"
import { corsHeaders, loopbackHosts, preflightHeaders, refuseSource, type SourcesOptions } from "./sources.ts"

export interface WebHandlerOptions<E = never> extends ApiDefinitions, SourcesOptions {
  /** Default: whoever reaches the server may do everything. */
  readonly authentication?: AuthenticationOptions
  /** Several tenants, each with a store of its own. Default: one, of no name, with the store at hand. */
  readonly tenants?: TenantsOptions<E>
  readonly limits?: LimitsOptions
  /** What stands before the paths of the API, such as `/api`. Default: nothing. */
  readonly basePath?: string
  /** Answers `GET` of what is no path of the API: the pages of a dashboard. Undefined is as good as not there. */
  readonly pages?: (request: Request) => Promise<Response | undefined> | Response | undefined
}

export type WebHandler = (request: Request) => Promise<Response>

/**
 * The API as a function of the web's own `Request` and `Response`, for servers of your own. The definitions are looked at with each request. To serve
 * it on a port see `serveApi`.
 *
 * @example
 * const handle = yield* makeWebHandler({ workflows: [fulfilOrder], authentication: { keys } })
 */
export const makeWebHandler = Effect.fnUntraced(function* <E = never>(options: WebHandlerOptions<E>) {
  const route = yield* makeRouter(options)
  const { origins = [], basePath = "", pages } = options
  const hosts = options.hosts ?? (options.authentication === undefined ? loopbackHosts : undefined)
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    if (!isBelow(pathname, basePath)) return (await pages?.(request)) ?? refusal(unknownRoute(request.method, pathname))
    const path = pathname.slice(basePath.length)
    const method = request.method === "HEAD" ? "GET" : request.method
    const found = findRoute(
      request.method === "OPTIONS" ? (request.headers.get("access-control-request-method") ?? "") : method,
      path
    )
    if (found instanceof Error) return refusal(found)
    const isOpen = found !== undefined && openRoutes.has(found.name)
    const refused = isOpen ? undefined : refuseSource(request, hosts, origins)
    if (refused !== undefined) return refusal(refused)
    if (request.method === "OPTIONS" && found !== undefined)
      return new Response(null, { status: 204, headers: preflightHeaders })
    if (found === undefined) {
      if (method === "GET" && path === "/openapi.json") return Response.json(openApiDocument(basePath))
      return (method === "GET" ? await pages?.(request) : undefined) ?? refusal(unknownRoute(method, path))
    }
    const body = await readBody(request, whereEmpty(found.name))
    if (body instanceof Error) return refusal(body)
    const response = await route(canonical(request, found, search, body))
    // Of an error as well: a proxy may keep a 404, and the run is there a moment later.
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store")
    return response
  }
  const handle: WebHandler = async (request) => {
    const response = await answer(request)
    const isForNow = response.status === 429 || response.status === 503
    if (isForNow && !response.headers.has("retry-after")) response.headers.set("retry-after", "1")
    for (const [name, value] of Object.entries(corsHeaders(request, origins))) response.headers.set(name, value)
    return response
  }
  return handle
})

/** Whoever has a token needs nothing else, wherever it was sent from and by whatever name: it was given out for that. */
const openRoutes: ReadonlySet<string> = new Set(["callback", "complete", "fail", "heartbeat", "webhook"])

/** What no body is as good as. What is signed is taken as it came, white space and all. */
const whereEmpty = (name: RouteName): string | undefined =>
  name === "webhook" ? undefined : name === "callback" ? "null" : "{}"

const isBelow = (path: string, basePath: string): boolean => path.startsWith(`${basePath}/`)

const findRoute = (method: string, path: string): FoundRoute | ApiError<"BadRequest"> | undefined => {
  try {
    return findSent(method, path)
  } catch {
    return apiError("BadRequest", "the path is not percent-encoded as it should be")
  }
}

const unknownRoute = (method: string, path: string) =>
  apiError("RouteUnknown", `nothing answers to ${method} ${path}: what does stands in GET /openapi.json`)

export const refusal = ({ _tag, status, message }: ApiError): Response =>
  new Response(signedText({ error: _tag, message, help: errorPage(_tag) }), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" }
  })

/** As the router knows it: each parameter one segment, and the body JSON, whatever it says that it is. */
const canonical = (request: Request, found: FoundRoute, search: string, body: string | undefined): Request => {
  const headers = new Headers(request.headers)
  if (found.name !== "webhook") headers.set("content-type", "application/json")
  headers.delete("content-length")
  return new Request(new URL(`${pathOf(found)}${search}`, request.url), {
    method: request.method,
    headers,
    signal: request.signal,
    ...(body === undefined ? {} : { body })
  })
}

const makeRouter = Effect.fnUntraced(function* <E>(options: WebHandlerOptions<E>) {
  const tenants = yield* openTenants(options.tenants)
  const limits = yield* makeLimits(options.limits)
  const changes = yield* openChanges(tenants)
  const handlers = Layer.mergeAll(
    runsHandlers(options, tenants, limits),
    inspectionHandlers(options, tenants, limits),
    callbacksHandlers(options, tenants, limits),
    webhooksHandlers(options, tenants, limits),
    limitsHandlers(tenants, limits),
    schedulesHandlers(options, tenants, limits),
    systemHandlers(options, tenants, limits, changes)
  ).pipe(
    Layer.provide([authenticationLayer(options.authentication, limits), openLimitsLayer(limits), requestErrorsLayer])
  )
  const routes = HttpApiBuilder.layer(DynactorApi).pipe(
    Layer.provide(handlers),
    Layer.provide(HttpServer.layerServices)
  )
  // Run ids and tokens of callbacks are long, percent-encoded. What is too long for one, operations say; the router would say nothing.
  const handled = yield* Effect.provideService(HttpRouter.toHttpEffect(routes), HttpRouter.RouterConfig, {
    maxParamLength: Number.MAX_SAFE_INTEGER
  })
  const context = yield* Effect.context<never>()
  return HttpEffect.toWebHandlerWith<
    HttpServerRequest.HttpServerRequest | Scope.Scope,
    HttpServerRequest.HttpServerRequest | Scope.Scope
  >(context as Context.Context<any>)(inCallersTrace(handled))
})

/** What a request sets off belongs where its sender is in a trace: a run that it starts is below that. */
const inCallersTrace = <A, E, R>(handled: Effect.Effect<A, E, R>) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => {
    const parent = readTraceparent(headers.traceparent)
    return parent === undefined ? handled : Effect.provideService(handled, Tracer.ParentSpan, parent)
  })
