import * as Effect from "effect/Effect"
import { parseAddress } from "../../actor/history/generation.ts"
import type { Message } from "../../actor/history/message.ts"
import type { Json } from "../../actor/values/json.ts"
import { fromPayload, isReference, type Payload } from "../../actor/values/payload.ts"
import { Client } from "../../client/client.ts"
import type { HistoryEvent } from "../../client/describe.ts"
import { findNewest } from "../../store/generations/newest.ts"
import type { HistoryQuery } from "../definition/queries.ts"
import { type ApiResponse, maxBodyBytes } from "./response.ts"

/** A page of the messages of one generation of a run. What is large is left out of it, and its size told. */
export const readHistory = Effect.fnUntraced(function* (
  { generation: asked, from = 0, limit = 100 }: typeof HistoryQuery.Type,
  runId: string
) {
  const client = yield* Client
  const generation = asked ?? parseAddress((yield* findNewest(runId)).address).generation
  const all = yield* client.history(runId, { generation })
  const events: Array<object> = []
  let characters = 0
  for (const event of all.slice(from, from + limit)) {
    const shown = show(event)
    characters += JSON.stringify(shown).length
    // At least one, so that whoever asks for the next page comes further.
    if (characters > mostCharacters && events.length > 0) break
    events.push(shown)
  }
  const next = from + events.length
  const rest = next < all.length ? { next } : {}
  return { status: 200, body: { runId, generation, total: all.length, events, ...rest } } satisfies ApiResponse
})

/** So that a page stays below what a function may answer, whatever the characters. */
const mostCharacters = maxBodyBytes / 4
const mostShownBytes = 65_536

const show = ({ key, message, position }: HistoryEvent) => {
  const { kind, at } = message
  return {
    ...(position === undefined ? {} : { position }),
    key,
    kind,
    at,
    ...("name" in message ? { name: message.name } : {}),
    ...("attempts" in message ? { attempts: message.attempts } : {}),
    ...("outcome" in message ? { outcome: message.outcome.tag } : {}),
    ...valueOf(message)
  }
}

const valueOf = (message: Message): { readonly value?: Json; readonly valueOmitted?: number } => {
  if (message.kind === "cancel") return { value: message.reason }
  const payload = payloadOf(message)
  if (payload === undefined) return {}
  const bytes = isReference(payload) ? payload.bytes : Buffer.byteLength(payload.json)
  return isReference(payload) || bytes > mostShownBytes ? { valueOmitted: bytes } : { value: fromPayload(payload) }
}

const payloadOf = (message: Message): Payload | undefined => {
  switch (message.kind) {
    case "start":
      return message.input
    case "signal":
    case "update":
      return message.payload
    case "step":
    case "child":
    case "callback":
      return message.outcome.payload
    default:
      return undefined
  }
}
