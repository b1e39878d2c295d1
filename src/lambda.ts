/** The functions of a deployment on AWS Lambda. */
export type { HttpEvent, HttpResult } from "./http/lambdaApi.ts"
export {
  type Handlers,
  type HandlersOptions,
  makeApiFunction,
  makeHandlers,
  makeTurnFunctions
} from "./http/makeHandlers.ts"
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
export { type BundleFile, bundleFiles, bundleOptions } from "./streams/lambda/bundling.ts"
export { type Environment, EnvironmentIncomplete, type Variable, variables } from "./streams/lambda/environment.ts"
export type { BatchResponse, LambdaContext, QueueEvent, StreamEvent } from "./streams/lambda/events.ts"
export type { TurnHandlers, TurnTuning } from "./streams/lambda/handlers.ts"
export {
  functionPermissions,
  type GrantName,
  grantPermissions,
  grantsOfCalls,
  type LambdaFunctionName,
  type Permissions,
  schedulerRolePermissions
} from "./streams/lambda/permissions.ts"
export type { LookAnswer, SweepAnswer } from "./streams/lambda/sweepHandler.ts"
export { EndOfEvent } from "./streams/lambda/telemetry/endOfEvent.ts"
