import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { scheduleControl, shownSpec, shownStatus } from "../../actor/calls/schedules/scheduleParts.ts"
import type { ScheduleSpec, ScheduleState } from "../../actor/calls/schedules/scheduleSpec.ts"
import { scheduleRunId, scheduleWorkflow } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { fingerprint } from "../../actor/values/json.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { load, offload } from "../payloads.ts"
import { stateAt } from "../reading/shownState.ts"
import { RunTable } from "../runTable.ts"

/**
 * What came of making sure that a schedule is there: it is new; it is there and is told of a change; it is there as it should be; it had
 * ended, or was removed, and stays so; its run id is another workflow's.
 */
export type Ensured = "created" | "changed" | "same" | "ended" | "taken"

/**
 * Makes sure that a schedule is there as it is defined. Whoever does so, and however often: its start is put if absent, and a change is taken
 * once, by the revision that it changes.
 */
export const ensureSchedule = Effect.fnUntraced(function* ({ scheduleName, spec }: ScheduleDefinition) {
  const table = yield* RunTable
  const runId = scheduleRunId(scheduleName)
  const encoded = Result.getOrThrow(scheduleWorkflow.input().encode(newSchedule(scheduleName, spec)))
  const put = yield* table.put(runId, {
    kind: "start",
    at: yield* Clock.currentTimeMillis,
    workflow: scheduleWorkflow.workflowName,
    definitionVersion: scheduleWorkflow.version,
    fingerprint: encoded.fingerprint,
    input: yield* offload(encoded.payload)
  })
  if (put._tag === "Inserted") return "created"
  if (put.message.kind !== "start" || put.message.workflow !== scheduleWorkflow.workflowName) return "taken"
  const newest = yield* findNewest(runId)
  if (newest.head !== undefined && isTerminal(newest.head.status)) return "ended"
  const { revision, spec: there } = yield* asItStands(newest)
  // Not turned yet, and started as another: it is told all the same, by the revision that it begins with.
  if (there !== undefined && fingerprint(there) === fingerprint(spec)) return "same"
  if (there === undefined && put.message.fingerprint === encoded.fingerprint) return "same"
  yield* tell(newest.address, revision, spec)
  return "changed"
})

const asItStands = Effect.fnUntraced(function* (newest: Newest) {
  const shown = yield* stateAt(newest, shownSpec.stateName)
  const status = yield* stateAt(newest, shownStatus.stateName)
  if (shown.stored === undefined || status.stored === undefined) return { revision: 0, spec: undefined }
  return {
    revision: Result.getOrThrow(shownStatus.codec().decode(yield* load(status.stored))).revision,
    spec: Result.getOrThrow(shownSpec.codec().decode(yield* load(shown.stored)))
  }
})

const tell = Effect.fnUntraced(function* (address: string, revision: number, spec: ScheduleSpec) {
  const table = yield* RunTable
  const { payload } = Result.getOrThrow(scheduleControl.codec().encode({ _tag: "change", revision, spec }))
  yield* table.put(address, {
    kind: "signal",
    at: yield* Clock.currentTimeMillis,
    name: scheduleControl.name,
    id: `change-${revision}-${fingerprint(spec)}`,
    payload: yield* offload(payload)
  })
})

const newSchedule = (name: string, spec: ScheduleSpec): ScheduleState => ({
  name,
  spec,
  revision: 0,
  paused: null,
  after: null,
  queue: [],
  backfills: [],
  live: [],
  recent: [],
  started: 0,
  skipped: 0
})
