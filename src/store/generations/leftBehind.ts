import { limitWorkflowName } from "../../actor/calls/limits/limitNames.ts"
import { isForTheRun } from "../../actor/history/continuation.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { endOf, type Head } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { adoptedOrder } from "../reading/wholeRun.ts"
import type { StoredRun } from "../runTable.ts"

/** Rows that a generation left behind without having adopted them, and that are for the run. */
export const leftBehind = (head: Head, stored: StoredRun): ReadonlyArray<Message> => {
  const end = endOf(head)
  const isOver = end !== undefined && end.tag !== "continued"
  const rows = stored.messages.filter((row) => isForTheRun(messageKey(row)) && !(isOver && isForLimiter(row)))
  if (rows.length === 0) return rows
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return rows.filter((row) => !adopted.has(messageKey(row)))
}

/** Who asks a limiter that is over is sent away (`limits/sendAway.ts`): heard as well by the one that comes after it, it would be in line twice. */
const isForLimiter = (row: Message): boolean => row.kind === "signal" && row.name === limitWorkflowName
