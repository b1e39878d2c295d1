import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { scheduleControl, shownSpec, shownStatus } from "../../actor/calls/schedules/scheduleParts.ts"
import type { ScheduleSpec, ScheduleState } from "../../actor/calls/schedules/scheduleSpec.ts"
import { scheduleRunId, scheduleWorkflow } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { type Message, messageKey, type SignalMessage, type StartMessage } from "../../actor/history/message.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { load, offload } from "../payloads.ts"
import { stateAt } from "../reading/shownState.ts"
import { RunTable } from "../runTable.ts"

/**
 * What came of making sure that a schedule is there: it is new; it is there and is told of a change; it is there as it should be; it had
 * ended, or was removed or deleted, and stays so; its run id is another workflow's.
 */
export type Ensured = "created" | "changed" | "same" | "ended" | "taken"

/**
 * Makes sure that a schedule is there as it is defined. Whoever does so, and however often: its start is put if absent, and a change is taken
 * once, by the revision that it changes.
 */
export const ensureSchedule = Effect.fnUntraced(function* ({ scheduleName, spec }: ScheduleDefinition) {
  const table = yield* RunTable
  const runId = scheduleRunId(scheduleName)
  const put = yield* table.put(runId, { kind: "start", ...(yield* startOfSchedule(scheduleName, spec)) })
  if (put._tag === "Inserted") return "created"
  // Its run was deleted, and nobody begins it by accident for as long as that is known.
  if (put.message.kind === "deleted") return "ended"
  if (put.message.kind !== "start" || put.message.workflow !== scheduleWorkflow.workflowName) return "taken"
  const newest = yield* findNewest(runId)
  if (newest.head !== undefined && isTerminal(newest.head.status)) return "ended"
  const stands = yield* asItStands(newest)
  const first = stands.spec ?? (yield* startedAs(put.message))
  return (yield* tell(newest.address, { ...stands, spec: first }, spec)) ? "changed" : "same"
})

/** What a schedule's run begins with, by a start of any kind. */
export const startOfSchedule = Effect.fnUntraced(function* (name: string, spec: ScheduleSpec) {
  const { fingerprint, payload } = Result.getOrThrow(scheduleWorkflow.input().encode(newSchedule(name, spec)))
  return {
    at: yield* Clock.currentTimeMillis,
    workflow: scheduleWorkflow.workflowName,
    definitionVersion: scheduleWorkflow.version,
    fingerprint,
    input: yield* offload(payload, scheduleRunId(name))
  }
})

/** Not turned yet: what it was started as. */
const startedAs = Effect.fnUntraced(function* ({ input }: StartMessage) {
  const state = Result.getOrThrow(scheduleWorkflow.input().decode(yield* load(input))) as ScheduleState
  return state.spec
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

/**
 * Each revision has one change, put if absent: whoever finds one that is not taken yet goes on behind it, so that the last who asks is the one
 * that is heard. False: it is, or will be, as it should be.
 */
const tell = Effect.fnUntraced(function* (
  address: string,
  stands: { readonly revision: number; readonly spec: ScheduleSpec },
  spec: ScheduleSpec
) {
  const table = yield* RunTable
  let [revision, last] = [stands.revision, stands.spec]
  const wanted = contentOf(spec)
  for (;;) {
    const row = yield* changeRow(revision, spec)
    const isThere = contentOf(last) === wanted
    const there = isThere ? yield* table.readMessage(address, messageKey(row)) : yield* putChange(address, row)
    if (there === undefined) return !isThere
    last = (yield* changeOf(there)) ?? last
    revision++
  }
})

/** Its secrets included, which compare by what is stored. */
const contentOf = (spec: ScheduleSpec): string => Result.getOrThrow(shownSpec.codec().encode(spec)).fingerprint

const changeRow = Effect.fnUntraced(function* (revision: number, spec: ScheduleSpec) {
  const { payload } = Result.getOrThrow(scheduleControl.codec().encode({ _tag: "change", revision, spec }))
  return {
    kind: "signal",
    at: yield* Clock.currentTimeMillis,
    name: scheduleControl.name,
    id: `change-${revision}`,
    payload
  } satisfies SignalMessage as SignalMessage
})

/** The one that was there. */
const putChange = Effect.fnUntraced(function* (address: string, row: SignalMessage) {
  const put = yield* (yield* RunTable).put(address, { ...row, payload: yield* offload(row.payload, address) })
  return put._tag === "Inserted" ? undefined : put.message
})

const changeOf = Effect.fnUntraced(function* (message: Message) {
  if (message.kind !== "signal") return undefined
  const control = Result.getOrThrow(scheduleControl.codec().decode(yield* load(message.payload)))
  return control._tag === "change" ? control.spec : undefined
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
