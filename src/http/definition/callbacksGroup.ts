import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Answered, DeliveryTaken } from "./answers.ts"
import { errors } from "./apiError.ts"
import { CompleteBody, FailBody } from "./bodies.ts"
import { OpenLimits } from "./middleware.ts"
import { AnswerQuery } from "./queries.ts"
import { routes } from "./routes.ts"

const token = { token: Schema.String }
const success = Answered.pipe(HttpApiSchema.status(202))

const beatErrors = [
  "CallbackForged",
  "CallbackAltered",
  "CallbackUsed",
  "CallbackExpired",
  "CallbackClosed",
  "RunNotFound",
  "RunFinished"
] as const

const error = errors(...beatErrors, "CallbackInvalid")

const says = (summary: string) =>
  OpenApi.annotations({ summary, description: "202: it is durable. The token is the right to it: no key is needed." })

const callback = HttpApiEndpoint.post("callback", routes.callback.path, {
  params: token,
  query: AnswerQuery,
  payload: Schema.Json,
  success,
  error
}).annotateMerge(says("Complete a callback with the body as it stands"))

const complete = HttpApiEndpoint.post("complete", routes.complete.path, {
  params: token,
  payload: CompleteBody,
  success,
  error
}).annotateMerge(says("Complete a callback"))

const fail = HttpApiEndpoint.post("fail", routes.fail.path, {
  params: token,
  payload: FailBody,
  success,
  error
}).annotateMerge(says("Fail a callback"))

const heartbeat = HttpApiEndpoint.post("heartbeat", routes.heartbeat.path, {
  params: token,
  success,
  error: errors(...beatErrors)
}).annotateMerge(says("Say that whoever is to answer is at it"))

const webhook = HttpApiEndpoint.post("webhook", routes.webhook.path, {
  params: { name: Schema.String },
  payload: Schema.Json,
  success: DeliveryTaken.pipe(HttpApiSchema.status(202)),
  error: errors(
    "WebhookUnknown",
    "WebhookUnmapped",
    "SignatureInvalid",
    "SignatureExpired",
    "SecretsUnavailable",
    "WorkflowUnknown",
    "InputInvalid",
    "RunIdInvalid",
    "TagsInvalid",
    "RunConflict",
    "RunDeleted",
    "SignalInvalid",
    "SignalUnknown",
    "SignalConflict",
    "RunNotFound",
    "RunFinished"
  )
}).annotateMerge(
  OpenApi.annotations({
    summary: "Take a delivery of another service",
    description:
      "202: the signals that it becomes are durable; sent again, it is the same ones. Its signature is the right to it: no key is needed."
  })
)

/** Deliveries, whose signature is checked. */
export class WebhooksGroup extends HttpApiGroup.make("webhooks")
  .add(webhook)
  .middleware(OpenLimits)
  .annotate(OpenApi.Title, "Webhooks") {}

/** By token, for whoever was given it. */
export class CallbacksGroup extends HttpApiGroup.make("callbacks")
  .add(callback, complete, fail, heartbeat)
  .middleware(OpenLimits)
  .annotate(OpenApi.Title, "Callbacks") {}
