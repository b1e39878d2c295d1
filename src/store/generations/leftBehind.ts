import { isForTheRun } from "../../actor/history/continuation.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { adoptedOrder } from "../reading/wholeRun.ts"
import type { StoredRun } from "../runTable.ts"

/** Rows that a generation left behind without having adopted them, and that are for the run. */
export const leftBehind = (head: Head, stored: StoredRun): ReadonlyArray<Message> => {
  const rows = stored.messages.filter((row) => isForTheRun(messageKey(row)))
  if (rows.length === 0) return rows
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return rows.filter((row) => !adopted.has(messageKey(row)))
}
