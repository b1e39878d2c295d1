import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { scheduleControl, shownSpec, shownStatus } from "../../actor/calls/schedules/scheduleParts.ts"
import type { ScheduleSpec, ScheduleState } from "../../actor/calls/schedules/scheduleSpec.ts"
import { scheduleRunId, scheduleWorkflow } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey, type SignalMessage } from "../../actor/history/message.ts"
import { runGone } from "../deletion/gone.ts"
import { findNewest } from "../generations/newest.ts"
import { load, offload } from "../payloads.ts"
import { RunTable } from "../runTable.ts"
import { putRestart } from "../sending/putRestart.ts"
import type { SentBefore } from "../sending/sentBefore.ts"
import { unlessDeleted } from "../sending/unlessDeleted.ts"
import { begunWith, type Standing, standingOf } from "./standing.ts"

/**
 * What came of making sure that a schedule is there: it is new; it is there and is told of a change; it is there as it should be; it had
 * ended, or was removed or deleted, and stays so; its run id is another workflow's.
 */
export type Ensured = "created" | "changed" | "same" | "ended" | "taken"

/**
 * Makes sure that a schedule is there as it is defined. Whoever does so, and however often: its start is put if absent, and a change is taken
 * once, by the revision that it changes.
 */
export const ensureSchedule = Effect.fnUntraced(function* (schedule: ScheduleDefinition) {
  const ensured = yield* lookAt(schedule)
  return typeof ensured === "string" ? ensured : ("ended" as const)
})

/**
 * The same, but that one which has ended, or was removed, begins anew (`again`): the next generation of its run. Who asks for the same of the same end asks for one;
 * of two who ask for different ones the later takes the place of the other. `RunNotFound`: its run was deleted, and its id is taken for as long as that is known.
 */
export const ensureAgain = Effect.fnUntraced(function* (schedule: ScheduleDefinition, sent: SentBefore) {
  const { scheduleName, spec } = schedule
  const ensured = yield* lookAt(schedule)
  if (typeof ensured === "string") return ensured
  const runId = scheduleRunId(scheduleName)
  if ("gone" in ensured) return yield* ensured.gone
  const row = yield* startOfSchedule(scheduleName, spec)
  const id = `again-${parseAddress(ensured.address).generation}-${row.fingerprint}`
  yield* putRestart(runId, { ...row, kind: "restart", id, policy: "replace" }, { behind: ensured, isNamed: true, sent })
  return "again" as const
})

/** Answers with how it stands where it is over. */
const lookAt = Effect.fnUntraced(function* ({ scheduleName, spec }: ScheduleDefinition) {
  const table = yield* RunTable
  const runId = scheduleRunId(scheduleName)
  const put = yield* table.put(runId, { kind: "start", ...(yield* startOfSchedule(scheduleName, spec)) })
  if (put._tag === "Inserted") return "created" as const
  // Its run was deleted, and nobody begins it by accident for as long as that is known.
  if (put.message.kind === "deleted") return { gone: runGone(runId, put.message) }
  if (put.message.kind !== "start" || put.message.workflow !== scheduleWorkflow.workflowName) return "taken" as const
  const found = yield* Effect.result(unlessDeleted("ensureSchedule", runId, findNewest(runId)))
  if (Result.isFailure(found))
    return found.failure._tag === "RunNotFound" ? { gone: found.failure } : yield* found.failure
  const standing = yield* standingOf(found.success)
  if (standing.isOver) return standing
  return (yield* tell(standing.address, yield* asItStands(standing), spec)) ? ("changed" as const) : ("same" as const)
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

/** Its spec is undefined where nobody can say: it is told in any case. */
const asItStands = Effect.fnUntraced(function* ({ address, head }: Standing) {
  // Not what the generation before it has shown, which may have been another schedule.
  const shown = ownState(head, shownSpec.stateName)
  const status = ownState(head, shownStatus.stateName)
  if (shown === undefined || status === undefined) {
    const { revision = 0, spec } = (yield* begunWith(address)) ?? {}
    return { revision, spec }
  }
  return {
    revision: Result.getOrThrow(shownStatus.codec().decode(yield* load(status))).revision,
    spec: Result.getOrThrow(shownSpec.codec().decode(yield* load(shown)))
  }
})

const ownState = (head: Head | undefined, name: string) => head?.states?.find((one) => one.name === name)?.payload

/**
 * Each revision has one change, put if absent: whoever finds one that is not taken yet goes on behind it, so that the last who asks is the one
 * that is heard. False: it is, or will be, as it should be.
 */
const tell = Effect.fnUntraced(function* (
  address: string,
  stands: { readonly revision: number; readonly spec: ScheduleSpec | undefined },
  spec: ScheduleSpec
) {
  const table = yield* RunTable
  let [revision, last] = [stands.revision, stands.spec]
  const wanted = contentOf(spec)
  for (;;) {
    const row = yield* changeRow(revision, spec)
    const isThere = last !== undefined && contentOf(last) === wanted
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
