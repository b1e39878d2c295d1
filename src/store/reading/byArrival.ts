import { type Message, messageKey, messageTime, previousOf } from "../../actor/history/message.ts"

/** By time, but nothing comes before the start, nor before what its sender had put before it, whatever the clocks of the writers say. */
export const byArrival = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const sorted = messages.toSorted((a, b) => timeOf(a) - timeOf(b))
  if (sorted.every((message) => previousOf(message).length === 0)) return sorted
  const waiting = new Map(sorted.map((message) => [messageKey(message), message]))
  const asked = new Set<string>()
  const beforeCancel = namedBy(waiting.get("cancel"), waiting)
  const placed: Array<Message> = []
  for (const message of sorted) {
    // Not by recursion: thousands of signals may stand one behind the other.
    const stack = [message]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const key = messageKey(top)
      asked.add(key)
      const earlier = previousOf(top).find(
        (one) => waiting.has(one) && !asked.has(one) && !(one === "cancel" && beforeCancel.has(key))
      )
      if (earlier !== undefined) stack.push(waiting.get(earlier) as Message)
      else {
        stack.pop()
        if (waiting.delete(key)) placed.push(top)
      }
    }
  }
  return placed
}

/**
 * All that a cancellation was sent behind. Its key is that of an earlier one, too, where the run has been started again since: what names that one is not
 * behind this.
 */
const namedBy = (cancel: Message | undefined, rows: ReadonlyMap<string, Message>): ReadonlySet<string> => {
  const named = new Set<string>(cancel === undefined ? [] : previousOf(cancel))
  // Grows on the way.
  for (const key of named) {
    const row = rows.get(key)
    if (row !== undefined) for (const one of previousOf(row)) named.add(one)
  }
  return named
}

/** A timer that was put ahead of its time comes when it is due. */
const timeOf = (message: Message): number =>
  message.kind === "start" ? Number.NEGATIVE_INFINITY : messageTime(message)
