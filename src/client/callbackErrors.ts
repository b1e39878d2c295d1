import * as Schema from "effect/Schema"
import { LibraryError } from "../actor/errorPages.ts"

// Why an answer to a callback, or a heartbeat, is not taken. Whatever it is, nothing was written. No message holds the token.

/** No key of this deployment has signed the token, or it is no token at all. */
export class CallbackForged extends LibraryError<CallbackForged>()("CallbackForged", {
  message: Schema.String
}) {}

/** The token names a key of this deployment, and is not what that key has signed: altered, cut short, or of another tenant. */
export class CallbackAltered extends LibraryError<CallbackAltered>()("CallbackAltered", {
  message: Schema.String
}) {}

/** The time-out of the callback is over. */
export class CallbackExpired extends LibraryError<CallbackExpired>()("CallbackExpired", {
  message: Schema.String,
  runId: Schema.String,
  /** Epoch milliseconds. */
  expiredAt: Schema.Number
}) {}

/** The callback was completed or failed before, and that answer stands. A token works once. */
export class CallbackUsed extends LibraryError<CallbackUsed>()("CallbackUsed", {
  message: Schema.String,
  runId: Schema.String,
  /** The answer that stands says the same: who sends one again because the first was not acknowledged has succeeded. */
  isSame: Schema.Boolean
}) {}

/** Nobody waits for the callback any more, though its run goes on: it was closed, or its heartbeat was missed. */
export class CallbackClosed extends LibraryError<CallbackClosed>()("CallbackClosed", {
  message: Schema.String,
  runId: Schema.String
}) {}

/** The value does not fit the callback's schema or is no JSON, the token is another callback's, or the `id` is none. */
export class CallbackInvalid extends LibraryError<CallbackInvalid>()("CallbackInvalid", {
  message: Schema.String
}) {}
