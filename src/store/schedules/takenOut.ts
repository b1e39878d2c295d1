import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { scheduleRunId, scheduleWorkflowName } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { messageKey, type RestartMessage } from "../../actor/history/message.ts"
import { runGone } from "../deletion/gone.ts"
import { bringForward } from "../generations/forward.ts"
import { homeOfRestart } from "../generations/home.ts"
import { findNewest } from "../generations/newest.ts"
import { noteAsked, toBegin } from "../generations/starts.ts"
import { RunTable } from "../runTable.ts"
import { startOfSchedule } from "./ensureSchedule.ts"

// A deployment has taken a schedule out of its data, and may put it back. Whoever does it, and however often.

/** As `client.schedules.remove`: runs that it has started go on. False: there is none that goes on. */
export const removeTakenOut = Effect.fnUntraced(function* (name: string) {
  const table = yield* RunTable
  const { address, head } = yield* findNewest(scheduleRunId(name))
  const start = head === undefined ? yield* table.readMessage(address, "start") : undefined
  const workflow = head?.workflow ?? (start?.kind === "start" ? start.workflow : undefined)
  if (workflow !== scheduleWorkflowName || (head !== undefined && isTerminal(head.status))) return false
  const reason = "its deployment names it no more"
  yield* table.put(address, { kind: "cancel", at: yield* Clock.currentTimeMillis, reason })
  return true
})

/** One that has ended, or was removed, begins anew: the next generation of its run. Two who ask for the same of the same end ask for one. */
export const beginPutBack = Effect.fnUntraced(function* ({ scheduleName, spec }: ScheduleDefinition) {
  const table = yield* RunTable
  const runId = scheduleRunId(scheduleName)
  const found = yield* findNewest(runId)
  // Its id is taken for as long as that is known.
  if (found.deleted !== undefined) return yield* runGone(runId, undefined, found.deleted)
  const newest = yield* toBegin(found)
  const row = yield* startOfSchedule(scheduleName, spec)
  const id = `again-${parseAddress(found.address).generation}-${row.fingerprint}`
  const restart: RestartMessage = { ...row, kind: "restart", id, policy: "replace" }
  const key = messageKey(restart)
  const home = yield* homeOfRestart(newest.address, key)
  const address = "there" in home ? found.address : home.address
  if (!("there" in home)) yield* table.put(address, restart)
  yield* noteAsked({ address }, key)
  yield* bringForward(address, [key], yield* findNewest(runId, parseAddress(address).generation))
})
