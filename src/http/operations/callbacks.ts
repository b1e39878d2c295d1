import * as Effect from "effect/Effect"
import type { AnyCallback } from "../../actor/definitions/callbacks/callback.ts"
import type { Json } from "../../actor/values/json.ts"
import { Client } from "../../client/client.ts"
import { callbackNameOf } from "../../store/callbacks/callbackToken.ts"
import type { ApiResponse } from "./response.ts"

// Answers to callbacks, and word that whoever is to answer is alive. The token is all that it takes; 202 says that it is durable.

type Callbacks = ReadonlyArray<AnyCallback> | undefined

const accepted: ApiResponse = { status: 202, body: {} }

const optionsFor = (token: string, callbacks: Callbacks, id: string | undefined) => {
  const name = callbackNameOf(token)
  const as = callbacks?.find(({ callbackName }) => callbackName === name)
  return { isJson: true as const, ...(as === undefined ? {} : { as }), ...(id === undefined ? {} : { id }) }
}

export const completeCallback = Effect.fnUntraced(function* (
  { payload = null, id }: { readonly payload?: Json; readonly id?: string },
  callbacks: Callbacks,
  token: string
) {
  const client = yield* Client
  yield* client.completeCallback(token, payload, optionsFor(token, callbacks, id))
  return accepted
})

export const failCallback = Effect.fnUntraced(function* (
  { error = null, id }: { readonly error?: Json; readonly id?: string },
  callbacks: Callbacks,
  token: string
) {
  const client = yield* Client
  yield* client.failCallback(token, error, optionsFor(token, callbacks, id))
  return accepted
})

export const beatCallback = Effect.fnUntraced(function* (token: string) {
  const client = yield* Client
  yield* client.heartbeatCallback(token)
  return accepted
})
