import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { SignalDefinition } from "../../actor/definitions/definition.ts"
import { defineSignal } from "../../actor/definitions/signal.ts"
import { SignalInvalid } from "../../actor/errors.ts"
import { signedText } from "../../actor/values/json.ts"
import { Client } from "../../client/client.ts"
import type { SignalBody } from "../definition/bodies.ts"
import { SignalUnknown } from "../errors.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

const anySignal = (name: string): SignalDefinition<string, Schema.Json> | undefined => {
  try {
    return defineSignal(name, Schema.Json)
  } catch {
    return undefined
  }
}

/** By its name, and with its payload as the definition has it. */
export const signalOf = Effect.fnUntraced(function* (
  { signals }: ApiDefinitions,
  name: string,
  { payload = null, id, for: correlation }: typeof SignalBody.Type
) {
  const definition = signals === undefined ? anySignal(name) : signals.find((one) => one.name === name)
  if (definition === undefined) {
    const known = signals?.map((one) => one.name).join(", ")
    const message = `there is no signal ${name}${known === undefined ? "" : `; there are ${known || "none"}`}`
    return yield* new SignalUnknown({ message })
  }
  const decoded = definition.codec().decode({ json: signedText(payload) })
  if (Result.isFailure(decoded)) {
    const message = `payload of signal ${name} does not fit its schema: ${decoded.failure}`
    return yield* new SignalInvalid({ signal: name, message })
  }
  return {
    signal: definition,
    payload: decoded.success,
    ...(id === undefined ? {} : { id }),
    ...(correlation === undefined ? {} : { for: correlation })
  }
})

export const sendSignal = Effect.fnUntraced(function* (
  body: typeof SignalBody.Type,
  definitions: ApiDefinitions,
  runId: string,
  name: string
) {
  const { signal, payload, ...options } = yield* signalOf(definitions, name, body)
  const client = yield* Client
  yield* client.signal(runId, signal, payload, options)
  return { status: 202, body: { runId } } satisfies ApiResponse
})
