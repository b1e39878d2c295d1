import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { signedText } from "../actor/values/json.ts"
import { readTraceparent } from "../actor/values/traceparent.ts"
import { type ClientServices, clientLayer } from "../client/client.ts"
import { lazy } from "../store/aws/calls/lazy.ts"
import type { LambdaContext } from "../streams/lambda/events.ts"
import { lambdaLogger } from "../streams/lambda/lambdaLogger.ts"
import { makeTelemetry, type Telemetry } from "../streams/lambda/telemetry/telemetry.ts"
import { timeLeft } from "../streams/lambda/timeLeft.ts"
import { answerRequest } from "./api.ts"
import type { DashboardAnswer, DashboardRequest } from "./dashboard/dashboard.ts"
import type { ApiDefinitions } from "./operations/definitions.ts"
import { refusal } from "./operations/refusals.ts"
import type { ApiResponse } from "./operations/response.ts"
import type { ApiRequest } from "./requests.ts"

/** Payload format 2.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html. */
export interface HttpEvent {
  readonly rawPath: string
  readonly queryStringParameters?: { readonly [name: string]: string | undefined }
  /** By their names in lower case. */
  readonly headers?: { readonly [name: string]: string | undefined }
  readonly body?: string
  readonly isBase64Encoded?: boolean
  readonly requestContext: {
    readonly stage?: string
    readonly domainName?: string
    readonly http: { readonly method: string }
  }
}

export interface HttpResult {
  readonly statusCode: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** API Gateway and function URLs send what the body is in base64: files of the dashboard are zipped. */
  readonly isBase64Encoded?: boolean
}

export type ApiHandler = (event: HttpEvent, context?: LambdaContext) => Promise<HttpResult>

export interface ApiHandlerOptions extends ApiDefinitions {
  /** Built once, when the first request comes; if that fails, again with the next one. */
  readonly store: Layer.Layer<ClientServices, unknown>
  /** Asked for with the first request. Default: what is counted is kept, and told to nobody. */
  readonly telemetry?: () => Telemetry
  /** Asked once, with the first request, for what answers requests for pages; `undefined`: there are none. Default: none. */
  readonly pages?: () => ((request: DashboardRequest) => DashboardAnswer | undefined) | undefined
}

export const makeApiHandler = (options: ApiHandlerOptions): ApiHandler => {
  const build = lazy(async () => {
    const telemetry = (options.telemetry ?? (() => makeTelemetry(() => ({}))))()
    const below = Layer.merge(lambdaLogger, telemetry.layer)
    const layer = clientLayer.pipe(Layer.provideMerge(options.store), Layer.provideMerge(below))
    const services = Effect.flatMap(Scope.make(), (scope) => Layer.buildWithScope(layer, scope))
    return { telemetry, services: await Effect.runPromise(services) }
  })
  const pages = lazy(async () => options.pages?.() ?? noPages)
  return async (event, context) => {
    const request = requestOf(event)
    const { method, path, headers = {} } = request
    const page = path === undefined ? undefined : (await pages())({ method, path, headers })
    // A page asks nobody for anything: no client is made for it.
    if (page !== undefined) return pageResult(page)
    const { services, telemetry } = await build()
    // Who has sent the request may be in a trace; else what it starts belongs to this invocation's.
    const parent = readTraceparent(request.headers?.traceparent) ?? telemetry.invocation()
    const answer = answerInTime(answerRequest(request, options), context)
    const answered = Effect.tap(
      parent === undefined ? answer : Effect.provideService(answer, Tracer.ParentSpan, parent),
      () => telemetry.end(services, Date.now() + telemetryMs)
    )
    const { status, body, events } = await Effect.runPromiseWith(services)(answered)
    const retry: { readonly [name: string]: string } = status === 503 ? { "retry-after": "1" } : {}
    return {
      statusCode: status,
      // Who reads a run's state reads it now, and not what a proxy has kept.
      headers: { "content-type": contentTypeOf(events), "cache-control": "no-store", ...retry },
      body: events ?? (body === undefined ? "" : signedText(body))
    }
  }
}

/** Somebody waits for the answer. */
const telemetryMs = 500

const noPages = () => undefined

/** The length is the gateway's to say. */
const pageResult = ({ status, headers, body }: DashboardAnswer): HttpResult => {
  const { "content-length": _, ...others } = headers
  return { statusCode: status, headers: others, body: Buffer.from(body).toString("base64"), isBase64Encoded: true }
}

const contentTypeOf = (events: string | undefined): string =>
  events === undefined ? "application/json" : "text/event-stream; charset=utf-8"

/** A caller whose function is ended by its timeout is told nothing that helps. */
const answerInTime = Effect.fnUntraced(function* <R>(
  answer: Effect.Effect<ApiResponse, never, R>,
  context: LambdaContext | undefined
) {
  if (context === undefined) return yield* answer
  const now = yield* Clock.currentTimeMillis
  const { answerAt } = yield* timeLeft(context)
  const answered = yield* Effect.timeoutOption(answer, Math.max(0, answerAt - now))
  return Option.getOrElse(
    answered,
    (): ApiResponse => refusal(503, "StoreUnavailable", "the store did not answer in time: try again")
  )
})

const requestOf = ({ rawPath, requestContext, body, ...event }: HttpEvent): ApiRequest => {
  const { stage = "$default", domainName = "", http } = requestContext
  // A named stage stands before the path; the default one does not.
  const prefix = `/${stage}/`
  return {
    method: http.method,
    path: pathOf(rawPath.startsWith(prefix) ? rawPath.slice(prefix.length - 1) : rawPath, domainName),
    query: event.queryStringParameters ?? {},
    headers: event.headers ?? {},
    body: body === undefined ? "" : event.isBase64Encoded === true ? Buffer.from(body, "base64").toString("utf8") : body
  }
}

/**
 * An HTTP API has decoded `rawPath` whatever it is called (a `%2F` is a "/" by then, a `%25` a "%"), and a function URL has not.
 * Amazon does not say so; others have looked: https://github.com/fastify/aws-lambda-fastify/issues/169,
 * https://github.com/honojs/hono/issues/2156, https://github.com/middleapi/standard-server/pull/93.
 */
const pathOf = (rawPath: string, domainName: string): string | undefined => {
  if (!domainName.includes(".lambda-url.")) return rawPath
  try {
    return decodeURIComponent(rawPath)
  } catch {
    return undefined
  }
}
