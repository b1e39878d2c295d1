import * as Effect from "effect/Effect"
import type { AnyCallback } from "../actor/definitions/callbacks/callback.ts"
import { Client } from "../client/client.ts"
import { callbackNameOf } from "../store/callbacks/callbackToken.ts"
import { type ApiRequest, type ApiResponse, anyBody, completeBody, failBody, idQuery } from "./requests.ts"

export type CallbackRoute = "callback" | "complete" | "fail" | "heartbeat"

/**
 * Answers a callback, or says that whoever is to answer is alive. The token is all that it takes. `POST` to the callback's own `url` has
 * the answer as its body, as a webhook sends it; 202 says that it is durable.
 */
export const answerCallbackRoute = Effect.fnUntraced(function* (
  request: ApiRequest,
  callbacks: ReadonlyArray<AnyCallback> | undefined,
  token: string,
  route: CallbackRoute
) {
  const client = yield* Client
  const name = callbackNameOf(token)
  const as = callbacks?.find(({ callbackName }) => callbackName === name)
  const options = (id: string | undefined) => ({
    isJson: true as const,
    ...(as === undefined ? {} : { as }),
    ...(id === undefined ? {} : { id })
  })
  switch (route) {
    case "callback": {
      const id = yield* idQuery(request)
      yield* client.completeCallback(token, yield* anyBody(request), options(id))
      break
    }
    case "complete": {
      const { payload = null, id } = yield* completeBody(request)
      yield* client.completeCallback(token, payload, options(id))
      break
    }
    case "fail": {
      const { error = null, id } = yield* failBody(request)
      yield* client.failCallback(token, error, options(id))
      break
    }
    case "heartbeat":
      yield* client.heartbeatCallback(token)
  }
  return { status: 202, body: {} } satisfies ApiResponse
})
