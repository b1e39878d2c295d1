import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { DynactorApi } from "../definition/dynactorApi.ts"

export interface ApiClientOptions {
  /** Where the API is: `http://127.0.0.1:3000`, with what stands before its paths, if anything does. */
  readonly url: string
  /** An API key or a token: sent as `Authorization: Bearer <key>`. Asked for with each request where it is an effect. */
  readonly key?: string | Redacted.Redacted<string> | Effect.Effect<string | Redacted.Redacted<string>>
  /** Default: the `fetch` of the platform. */
  readonly fetch?: typeof globalThis.fetch
}

/** Every endpoint of the API as a method: `api.runs.start(...)`, `api.callbacks.complete(...)`, `api.system.counts()`. */
export type HttpApi = HttpApiClient.ForApi<typeof DynactorApi>

/**
 * A client of the API, by HTTP. Values are JSON, as their schemas encode them; the errors of each call are typed, an `ApiError` with its `_tag`,
 * beside `HttpClientError` (nobody answers) and `SchemaError` (what answers is no such API, or of another version).
 *
 * @example
 * const api = yield* makeApiClient({ url: "http://127.0.0.1:3000", key })
 * const { runId } = yield* api.runs.start({ params: { name: "fulfilOrder" }, payload: { input: order, runId: order.id } })
 * const run = yield* api.runs.get({ params: { id: runId }, query: {} }).pipe(Effect.catchTag("RunNotFound", () => Effect.succeed(undefined)))
 */
export const makeApiClient = ({ url, key, fetch }: ApiClientOptions): Effect.Effect<HttpApi> =>
  HttpApiClient.make(DynactorApi, {
    baseUrl: url.replace(/\/+$/, ""),
    transformClient: (client) => {
      const fetching =
        fetch === undefined ? client : HttpClient.transform(client, Effect.provideService(FetchHttpClient.Fetch, fetch))
      return key === undefined ? fetching : HttpClient.mapRequestEffect(fetching, withKey(key))
    }
  }).pipe(Effect.provide(FetchHttpClient.layer))

const withKey = (key: NonNullable<ApiClientOptions["key"]>) => (request: HttpClientRequest.HttpClientRequest) =>
  Effect.map(Effect.isEffect(key) ? key : Effect.succeed(key), (known) => HttpClientRequest.bearerToken(request, known))

/** The client as a service. */
export class ApiClient extends Context.Service<ApiClient, HttpApi>()("dynactor/http/ApiClient") {}

/**
 * @example
 * const layer = apiClientLayer({ url: "http://127.0.0.1:3000" })
 */
export const apiClientLayer = (options: ApiClientOptions): Layer.Layer<ApiClient> =>
  Layer.effect(ApiClient, makeApiClient(options))
