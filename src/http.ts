/** HTTP: the API for plain processes, its definition, and output streams as server-sent events for servers of your own. */

export {
  type DashboardAnswer,
  type DashboardOptions,
  type DashboardRequest,
  serveDashboard
} from "./http/dashboard/dashboard.ts"
export { dashboardPages } from "./http/dashboard/dashboardPages.ts"
export type { DashboardSignIn } from "./http/dashboard/signIn.ts"
export { ApiError, UpdateRejected } from "./http/definition/apiError.ts"
export { DynactorApi } from "./http/definition/dynactorApi.ts"
export type { CallerIdentity } from "./http/definition/middleware.ts"
export { openApiDocument } from "./http/definition/openApi.ts"
export { type EventStreamOptions, eventStream } from "./http/eventStream.ts"
export type { ApiDefinitions } from "./http/operations/definitions.ts"
export { type ApiKey, hashApiKey, newApiKey } from "./http/server/apiKeys.ts"
export type { AuthenticationOptions, VerifiedRequest } from "./http/server/authentication.ts"
export type { TenantsOptions } from "./http/server/handlers/tenants.ts"
export type { LimitsOptions, Rate } from "./http/server/limits.ts"
export { nodeListener } from "./http/server/nodeListener.ts"
export {
  ApiNotServed,
  ApiServer,
  apiServerLayer,
  type ServeApiOptions,
  type ServedApi,
  serveApi
} from "./http/server/serveApi.ts"
export type { SourcesOptions } from "./http/server/sources.ts"
export { makeWebHandler, type WebHandler, type WebHandlerOptions } from "./http/server/webHandler.ts"
export {
  githubScheme,
  type HmacScheme,
  standardScheme,
  stripeScheme
} from "./http/webhooks/scheme.ts"
export {
  defineWebhook,
  type Webhook,
  type WebhookDelivery,
  type WebhookOptions,
  type WebhookRoute,
  type WebhookSignal
} from "./http/webhooks/webhook.ts"
