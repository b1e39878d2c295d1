import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { scheduleRunId, scheduleWorkflowName } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { findNewest } from "../generations/newest.ts"
import { RunTable } from "../runTable.ts"
import { standingOf } from "./standing.ts"

/**
 * A deployment has taken a schedule out of its data. As `client.schedules.remove`, whoever does it and however often: runs that it has started go on. False: there is none
 * that goes on.
 */
export const removeTakenOut = Effect.fnUntraced(function* (name: string) {
  const table = yield* RunTable
  const runId = scheduleRunId(name)
  const start = yield* table.readMessage(runId, "start")
  if (start?.kind !== "start" || start.workflow !== scheduleWorkflowName) return false
  const found = yield* findNewest(runId)
  if (found.deleted !== undefined) return false
  // One that was put back a moment ago may have been asked for, and not have begun yet.
  const { address, isOver } = yield* standingOf(found)
  if (isOver) return false
  const reason = "its deployment names it no more"
  yield* table.put(address, { kind: "cancel", at: yield* Clock.currentTimeMillis, reason })
  return true
})
