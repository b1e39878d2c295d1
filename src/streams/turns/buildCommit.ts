import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import type { ParkReason } from "../../actor/errors.ts"
import { type ChildCommand, type Command, commandId, type StepCommand } from "../../actor/history/command.ts"
import { readEntry } from "../../actor/history/entry.ts"
import { type Head, maxMessages, maxSignalNames, type RunStatus, segmentLength } from "../../actor/history/head.ts"
import type { StartMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Payload } from "../../actor/values/payload.ts"
import type { HeadCommit, Notice } from "../../store/commits.ts"
import { isSurelySmall, offload, queueInlineLimitBytes } from "../../store/payloads.ts"
import type { StepRequest } from "../../store/stepQueue.ts"
import type { ScheduledTimer } from "../../store/timers.ts"
import type { WarmRun } from "./warmRun.ts"

/**
 * What a turn asks of the world, from an actor that has moved on from its head. Takes the actor's fresh commands: if the
 * commit does not come to stand, the actor is thrown away with them.
 */
export const buildCommit = Effect.fnUntraced(function* (run: WarmRun, at: number) {
  const { actor, head: before } = run
  const start = actor.start as StartMessage
  const outcome = actor.outcome === undefined ? undefined : yield* offloadOutcome(actor.outcome)
  const commands = actor.ledger.takeFresh()
  const steps: Array<StepRequest> = []
  for (const command of commands) {
    if (command.kind !== "step") continue
    const input = isSurelySmall(command.input) ? command.input : yield* offload(command.input, queueInlineLimitBytes)
    steps.push(stepRequest(actor, command, input, at))
  }
  const notices: Array<Notice> = []
  for (const command of commands) {
    if (command.kind === "child") notices.push(yield* childStart(actor.runId, command, at))
    else if (command.kind === "cancelChild") notices.push(cancelNotice(command.runId, at))
  }
  if (outcome !== undefined) notices.push(...lastNotices(actor, start, outcome, at))
  const base = spill(actor.order, before)
  const head: Head = {
    version: (before?.version ?? 0) + 1,
    status: outcome === undefined ? "running" : statusOf(outcome),
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    startedAt: actor.startedAt,
    updatedAt: actor.now,
    adopted: actor.order.length,
    segments: base.segments,
    tail: base.tail,
    open: outcome === undefined ? actor.ledger.openRecords() : [],
    abandoned: outcome === undefined ? actor.ledger.abandonedRecords() : [],
    fences: before?.fences ?? [],
    notices: notices.length > 0,
    ...(start.parent === undefined ? {} : { parent: start.parent }),
    ...(outcome === undefined ? waitsOf(actor) : { outcome })
  }
  return {
    head,
    adopted: actor.order.slice(before?.adopted ?? 0),
    segments: base.spilled,
    steps,
    ...timersOf(actor.runId, commands),
    ...furtherTimers(actor, before),
    notices,
    openIndexes: outcome === undefined ? actor.ledger.openIndexes() : []
  } satisfies HeadCommit
})

/** What the run waits for stands in the head, because readers have no actor that they could ask. */
const waitsOf = (actor: Actor): Pick<Head, "signals" | "endless"> => {
  const { signals, endless } = actor.waiting
  return {
    ...(signals.length === 0 ? {} : { signals: signals.slice(0, maxSignalNames) }),
    ...(endless ? { endless } : {})
  }
}

const statusOf = (outcome: Outcome): RunStatus => (outcome.tag === "died" ? "failed" : outcome.tag)

const offloadOutcome = (outcome: Outcome) =>
  Effect.map(offload(outcome.payload), (payload) => ({ tag: outcome.tag, payload }))

/**
 * The tail of the order that stays in the head. Only keys that an earlier commit has adopted are spilled: a segment is put
 * before the head and stands even if this commit does not, so its content must be settled already.
 */
const spill = (order: ReadonlyArray<string>, before: Head | undefined) => {
  const spilled: Array<{ readonly index: number; readonly keys: ReadonlyArray<string> }> = []
  let segments = before?.segments ?? 0
  while ((segments + 1) * segmentLength <= (before?.adopted ?? 0)) {
    spilled.push({ index: segments, keys: order.slice(segments * segmentLength, (segments + 1) * segmentLength) })
    segments++
  }
  return { segments, spilled, tail: order.slice(segments * segmentLength) }
}

export const stepRequest = (
  { runId, workflow }: Actor,
  { key, name, fingerprint, index }: StepCommand,
  input: Payload,
  at: number
): StepRequest => ({
  kind: "step",
  runId,
  key,
  name,
  fingerprint,
  index,
  token: null,
  input,
  attempt: 1,
  notBefore: at,
  workflow: workflow.workflowName
})

const timersOf = (runId: string, commands: ReadonlyArray<Command>) => {
  const timers: Array<HeadCommit["timers"][number]> = []
  const clearTimers: Array<HeadCommit["clearTimers"][number]> = []
  for (const command of commands) {
    if (command.kind === "timer") timers.push({ runId, key: command.key, due: command.due, index: command.index })
    else if (command.kind === "clearTimer") clearTimers.push({ runId, key: command.key, due: command.due })
  }
  return { timers, clearTimers }
}

/**
 * Timers that are too far off to be set at once, and whose link has come: a row of their key with an earlier due time (see `Timers`).
 * That row was set aside, and the rest of the time is to be scheduled.
 */
const furtherTimers = (actor: Actor, before: Head | undefined): Pick<HeadCommit, "furtherTimers"> => {
  if (actor.outcome !== undefined) return {}
  const timers: Array<ScheduledTimer> = []
  for (const entry of actor.order.slice(before?.adopted ?? 0)) {
    const { key: row, isSetAside } = readEntry(entry)
    if (!isSetAside || !row.startsWith(timerPrefix)) continue
    const mark = row.lastIndexOf("@")
    const key = row.slice(timerPrefix.length, mark)
    const after = Number(row.slice(mark + 1))
    const due = actor.ledger.timerDue(key)
    if (due !== undefined && due > after) timers.push({ runId: actor.runId, key, due, after })
  }
  return timers.length === 0 ? {} : { furtherTimers: timers }
}

const timerPrefix = commandId("timer", "")

export const childStart = (runId: string, command: ChildCommand, at: number) =>
  Effect.map(
    offload(command.input),
    (input): Notice => ({
      runId: command.runId,
      message: {
        kind: "start",
        at,
        workflow: command.workflow,
        definitionVersion: command.definitionVersion,
        fingerprint: command.inputFingerprint,
        input,
        parent: { runId, key: command.key, fingerprint: command.fingerprint }
      }
    })
  )

export const cancelNotice = (runId: string, at: number): Notice => ({
  runId,
  message: { kind: "cancel", at, reason: "the parent run was cancelled, or no longer waits" }
})

/** The last commit of a run tells its parent, and cancels the children that nobody waits for any more. */
export const lastNotices = (actor: Actor, start: StartMessage, outcome: Outcome, at: number): ReadonlyArray<Notice> => {
  const notices: Array<Notice> = actor.ledger.openChildren().map(({ command }) => cancelNotice(command.runId, at))
  const { parent } = start
  if (parent !== undefined) {
    const { key, fingerprint } = parent
    notices.push({ runId: parent.runId, message: { kind: "child", at, key, fingerprint, outcome } })
  }
  return notices
}

/** A head that says why the run stands still. Nothing is adopted by it: what could not be taken stays in the inbox. */
export const parkedHead = (before: Head | undefined, start: StartMessage, reason: ParkReason, at: number): Head => {
  const fresh: Head = {
    version: 0,
    status: "parked",
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    // A turn to come takes it from here: what a client's clock says may be hours ahead.
    startedAt: Math.min(start.at, at),
    updatedAt: at,
    adopted: 0,
    segments: 0,
    tail: [],
    open: [],
    abandoned: [],
    fences: [],
    notices: false,
    ...(start.parent === undefined ? {} : { parent: start.parent })
  }
  const base = before ?? fresh
  return {
    ...base,
    version: base.version + 1,
    status: "parked",
    updatedAt: Math.max(base.updatedAt, at),
    parked: reason
  }
}

/** Has the run reached what a generation may hold? A cancelled one may go on a little, to compensate. */
export const isHistoryFull = (actor: Actor): boolean =>
  actor.order.length >= (actor.hasAdopted("cancel") ? maxMessages * 1.2 : maxMessages)
