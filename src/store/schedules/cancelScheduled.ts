import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { runIdOf } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { receiverOf } from "../putNotices.ts"
import { RunTable } from "../runTable.ts"

/**
 * A generation cancels the children that it has started. This is for one that an earlier generation of the schedule has: the run that has its id
 * must be a child of this schedule, and goes on. A second cancellation is the first.
 */
export const cancelScheduled = Effect.fnUntraced(function* (schedule: string, runId: string) {
  const table = yield* RunTable
  const { address, head, start } = yield* receiverOf(table, runId)
  const parent = (head ?? start)?.parent
  if (parent === undefined || runIdOf(parent.runId) !== schedule) return
  if (head !== undefined && isTerminal(head.status)) return
  yield* table.put(address, { kind: "cancel", at: yield* Clock.currentTimeMillis, reason: null })
})
