import { type Message, messageKey, previousOf } from "../../actor/history/message.ts"

/**
 * Keys of the rows that were sent to a run last, now that `message` is there as well: those that no other of them names. More than
 * one where several were sent at a time.
 */
export const lastSentWith = (keys: ReadonlyArray<string>, message: Message) => {
  const key = messageKey(message)
  const named = new Set([key, ...previousOf(message)])
  return [...keys.filter((one) => !named.has(one)), key]
}

/** Rows are small: of more that were sent at a time, those that were there first are named no more. */
export const mostNamed = 8
