import * as Schema from "effect/Schema"
import { LibraryError } from "../actor/errorPages.ts"

/** The request itself is wrong: no JSON, a field of another type, a query that means nothing. */
export class BadRequest extends LibraryError<BadRequest>()("BadRequest", { message: Schema.String }) {}

/** There is nothing under this method and path. */
export class RouteUnknown extends LibraryError<RouteUnknown>()("RouteUnknown", { message: Schema.String }) {}

/** No workflow of this name and version is deployed here. */
export class WorkflowUnknown extends LibraryError<WorkflowUnknown>()("WorkflowUnknown", {
  message: Schema.String
}) {}

/** The deployment says which signals there are, and this is none of them. */
export class SignalUnknown extends LibraryError<SignalUnknown>()("SignalUnknown", { message: Schema.String }) {}

/** The deployment says which streams can be read, and this is none of them; or it is no name of a stream. */
export class StreamUnknown extends LibraryError<StreamUnknown>()("StreamUnknown", {
  message: Schema.String
}) {}

/** The request holds more than this API takes. */
export class RequestTooLarge extends LibraryError<RequestTooLarge>()("RequestTooLarge", {
  message: Schema.String
}) {}

/** No state of this name is known to this deployment. */
export class StateUnknown extends LibraryError<StateUnknown>()("StateUnknown", {
  message: Schema.String
}) {}

/** No update of this name is known to this deployment. */
export class UpdateUnknown extends LibraryError<UpdateUnknown>()("UpdateUnknown", {
  message: Schema.String
}) {}

/** No webhook of this name is defined here. */
export class WebhookUnknown extends LibraryError<WebhookUnknown>()("WebhookUnknown", {
  message: Schema.String
}) {}

/** The delivery holds nothing where the webhook looks for its run. */
export class WebhookUnmapped extends LibraryError<WebhookUnmapped>()("WebhookUnmapped", {
  message: Schema.String
}) {}

/** Whoever sent the delivery does not know the secret, or it was changed on its way. */
export class SignatureInvalid extends LibraryError<SignatureInvalid>()("SignatureInvalid", {
  message: Schema.String
}) {}

/** The delivery was signed too long ago, or in the future. */
export class SignatureExpired extends LibraryError<SignatureExpired>()("SignatureExpired", {
  message: Schema.String
}) {}

/** The server cannot read the secrets of a webhook: it knows nothing of the delivery. */
export class SecretsUnavailable extends LibraryError<SecretsUnavailable>()("SecretsUnavailable", {
  message: Schema.String
}) {}

/** This deployment holds no connection open, and cannot tell of what changes. */
export class EventsUnavailable extends LibraryError<EventsUnavailable>()("EventsUnavailable", {
  message: Schema.String
}) {}

/** The status for every error that a request can be answered with, by its tag. */
export const errorStatuses = {
  BadRequest: 400,
  Unauthorized: 401,
  SignatureInvalid: 401,
  SignatureExpired: 401,
  KeyReadsOnly: 403,
  HostRefused: 403,
  OriginRefused: 403,
  InputInvalid: 400,
  RunIdInvalid: 400,
  TagsInvalid: 400,
  StartInvalid: 400,
  SignalInvalid: 400,
  UpdateInvalid: 400,
  CallbackInvalid: 400,
  CallbackForged: 403,
  CallbackAltered: 403,
  RouteUnknown: 404,
  WorkflowUnknown: 404,
  SignalUnknown: 404,
  StreamUnknown: 404,
  WebhookUnknown: 404,
  PositionInvalid: 400,
  CursorInvalid: 400,
  RepairInvalid: 400,
  RepairRefused: 409,
  RunNotFound: 404,
  StateUnknown: 404,
  UpdateUnknown: 404,
  StateNotSet: 404,
  ValueNotFound: 404,
  ScheduleInvalid: 400,
  ScheduleNotFound: 404,
  ScheduleEnded: 409,
  RunConflict: 409,
  RunExists: 409,
  RunDeleted: 409,
  RunNotEnded: 409,
  RunFinished: 409,
  RunParked: 409,
  SignalConflict: 409,
  UpdateConflict: 409,
  UpdateFailed: 409,
  CallbackUsed: 409,
  CallbackExpired: 410,
  CallbackClosed: 410,
  RequestTooLarge: 413,
  StoreRefused: 413,
  UpdateRejected: 422,
  WebhookUnmapped: 422,
  RateExceeded: 429,
  TooManyWaits: 429,
  InternalError: 500,
  EventsUnavailable: 501,
  StateUnreadable: 500,
  PayloadMissing: 500,
  PayloadAltered: 500,
  SecretsUnavailable: 503,
  StoreUnavailable: 503
} as const
