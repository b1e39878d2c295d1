import type { Actor } from "../../../actor/actor.ts"
import { HistoryTooLong } from "../../../actor/errors.ts"
import { maxMessages } from "../../../actor/history/head.ts"
import { isHistoryFull, wasCancelled } from "../../commits/buildCommit.ts"

/** Why the run is parked for its length; undefined: it has room. One that has ended needs none. */
export const tooLong = (actor: Actor): HistoryTooLong | undefined => {
  if (actor.outcome !== undefined) return undefined
  if (isHistoryFull(actor)) return historyTooLong(actor)
  return actor.ledger.openBytes() > maxOpenBytes ? tooManyOpen(actor) : undefined
}

/** What a head can hold of open commands, well below DynamoDB's 400 KB for an item (S12). */
const maxOpenBytes = 256 * 1024

const tooManyOpen = (actor: Actor): HistoryTooLong => {
  const { openCount } = actor.ledger
  return new HistoryTooLong({
    messages: actor.order.length,
    message: `the run has ${openCount} commands open at once, more than its head can hold: bound the concurrency, or split the work into child runs`
  })
}

const historyTooLong = (actor: Actor): HistoryTooLong =>
  new HistoryTooLong({
    messages: actor.order.length,
    ...(wasCancelled(actor) ? {} : { endsByCancel: true as const }),
    message: `the run has adopted ${actor.order.length} messages, the most is ${maxMessages}: continue as new before (continueAsNew), or split the work into child runs`
  })
