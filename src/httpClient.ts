/** The HTTP API's typed client, for browsers and other processes. */
export { followChanges } from "./http/client/followChanges.ts"
export { type Followed, type FollowOptions, followEvents } from "./http/client/followEvents.ts"
export {
  ApiClient,
  type ApiClientOptions,
  apiClientLayer,
  type HttpApi,
  makeApiClient
} from "./http/client/httpClient.ts"
export { ApiError, UpdateRejected } from "./http/definition/apiError.ts"
export { DynactorApi } from "./http/definition/dynactorApi.ts"
