import * as Effect from "effect/Effect"
import { PayloadUnreadable } from "../../actor/errors.ts"
import { type Message, messageKey, payloadOf, placeOf } from "../../actor/history/message.ts"
import { isOpen, type Payload } from "../../actor/values/payload.ts"
import { load } from "../payloads.ts"

/** The message with its payload in hand. A payload that is missing or altered (S11), or that we may not read, parks the run. */
export const resolveMessage = (message: Message) => {
  if (isWhole(message)) return Effect.succeed(message)
  return load(payloadOf(message) as Payload).pipe(
    Effect.map((loaded) => withPayload(message, loaded)),
    Effect.catchTags({
      PayloadMissing: (error) => unreadable(message, error.message),
      PayloadAltered: (error) => unreadable(message, error.message),
      StoreRefused: (error) => unreadable(message, error.message)
    })
  )
}

const unreadable = (message: Message, why: string) =>
  Effect.fail(new PayloadUnreadable({ message: `${placeOf(message)}: ${why}`, row: messageKey(message) }))

/** Nothing of it is kept elsewhere, or sealed. */
export const isWhole = (message: Message): boolean => {
  const payload = payloadOf(message)
  return payload === undefined || isOpen(payload)
}

export const withPayload = (message: Message, payload: Payload): Message => {
  switch (message.kind) {
    case "start":
    case "restart":
      return { ...message, input: payload }
    case "signal":
    case "update":
      return { ...message, payload }
    case "step":
    case "child":
    case "callback":
      return { ...message, outcome: { ...message.outcome, payload } }
    default:
      return message
  }
}
