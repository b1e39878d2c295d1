import { adoptedKey } from "../../../actor/history/entry.ts"
import type { Head } from "../../../actor/history/head.ts"
import {
  type DecisionMessage,
  isCancelling,
  isDecision,
  type Message,
  messageKey
} from "../../../actor/history/message.ts"
import { adoptedOrder } from "../../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../../store/runTable.ts"

/** What somebody has decided about a run and no head tells of yet, and how the run stands by it. */
export interface Decided {
  /** In the order in which they come into effect. */
  readonly rows: ReadonlyArray<DecisionMessage>
  readonly by: Standing
}

/**
 * How a run stands by what was decided: it is over, it is to stand still, or it goes on. The last also if it stood still and was cancelled since: a
 * cancellation ends a pause, and is then taken in its turn, behind what had come before it.
 */
export type Standing =
  | { readonly _tag: "Terminated"; readonly reason: string | null }
  | { readonly _tag: "Paused"; readonly since: number; readonly reason: string | null }
  | { readonly _tag: "GoesOn" }

/** Undefined: nothing, and the run stands as its head says. Costs nothing where there is no such row and no pause. */
export const decidedOf = (stored: StoredRun): Decided | undefined => {
  const { head, messages } = stored
  const isPaused = head?.status === "paused"
  if (!isPaused && !messages.some(isDecision)) return undefined
  const adopted = new Set(head === undefined ? [] : adoptedOrder(head, stored).map(adoptedKey))
  const isNew = (row: Message) => !adopted.has(messageKey(row))
  const rows = messages.filter(isDecision).filter(isNew)
  const isCancelled = messages.some((row) => isCancelling(row) && isNew(row))
  if (rows.length === 0 && !(isPaused && isCancelled)) return undefined
  return { rows, by: standingBy(rows, head, isCancelled) }
}

const standingBy = (rows: ReadonlyArray<DecisionMessage>, head: Head | undefined, isCancelled: boolean): Standing => {
  const end = rows.find(({ kind }) => kind === "terminate")
  if (end?.kind === "terminate") return { _tag: "Terminated", reason: end.reason }
  if (isCancelled) return goesOn
  let standing: Standing = head?.status === "paused" && head.paused !== undefined ? pausedAs(head.paused) : goesOn
  for (const row of rows) {
    if (row.kind === "resume") standing = goesOn
    // The first pause stands.
    else if (row.kind === "pause" && standing._tag !== "Paused")
      standing = pausedAs({ since: row.at, reason: row.reason })
  }
  return standing
}

const goesOn: Standing = { _tag: "GoesOn" }

const pausedAs = (paused: NonNullable<Head["paused"]>): Standing => ({ _tag: "Paused", ...paused })
