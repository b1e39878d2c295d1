import * as Effect from "effect/Effect"
import { Actor } from "../../actor/actor.ts"
import type { ActorOptions } from "../../actor/actorOptions.ts"
import { type ParkReason, PayloadUnreadable, UnknownWorkflow } from "../../actor/errors.ts"
import type { CommandRecord } from "../../actor/history/command.ts"
import { parseAddress } from "../../actor/history/generation.ts"
import { type Head, isPresent } from "../../actor/history/head.ts"
import { isCancelling, type Message, messageKey, type StartMessage } from "../../actor/history/message.ts"
import { hasUnsettled } from "../../actor/history/output/emitted.ts"
import { endReplay, replayInParts } from "../../actor/turn.ts"
import { giveCodec, withoutCodec } from "../../store/payloads.ts"
import { isWhole, resolveMessage } from "../../store/reading/resolveMessage.ts"
import { adoptedOrder, readWholeRun } from "../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../store/runTable.ts"
import { repairOf } from "../commits/repairing/repairCommit.ts"
import { giveAfterAll } from "../commits/replies.ts"
import type { SliceGuard } from "../fairness/sliceGuard.ts"
import { isUncopied, loadCopy } from "./copying/loadCopy.ts"
import { type Decided, decidedOf } from "./decisions/decisions.ts"
import type { RepairedRun } from "./decisions/repairedRun.ts"
import type { Registry } from "./registry.ts"
import type { WarmRun, WarmRuns } from "./warmRun.ts"

/** What a partition comes to: an actor where its head stands, and the rows that no head has adopted. */
export type LoadedRun =
  | {
      readonly _tag: "Ready"
      readonly run: WarmRun
      readonly unread: ReadonlyArray<Message>
      /** Rows of a copy, which are to be put with the first commit. */
      readonly copied?: ReadonlyArray<Message>
    }
  /** No start row yet, or none ever: rows may precede it. */
  | { readonly _tag: "NotStarted" }
  | FinishedRun
  | DecidedRun
  | DeletedRun
  | RepairedRun
  /** Nothing is handed to it, and so nothing is replayed. */
  | { readonly _tag: "Paused"; readonly head: Head }
  | {
      readonly _tag: "Parked"
      readonly head: Head | undefined
      readonly start: StartMessage
      readonly reason: ParkReason
      /** When something last came for the run, or it last moved. */
      readonly movedAt: number
    }

export interface FinishedRun {
  readonly _tag: "Finished"
  readonly head: Head
  readonly start: StartMessage
  readonly stored: StoredRun
}

/** There is no such run any more. */
export interface DeletedRun {
  readonly _tag: "Deleted"
  /** Of the newest generation there was. */
  readonly generation: number
  /** Something of it is there, or is about to be, that was to be gone. */
  readonly isLate: boolean
  /** Somebody has just begun to delete it, and may find that it is not to be. */
  readonly isUndecided: boolean
}

/** Somebody has decided something about it that no head tells of yet. */
export interface DecidedRun {
  readonly _tag: "Decided"
  readonly decided: Decided
  readonly start: StartMessage
  readonly stored: StoredRun
}

export interface LoadOptions {
  readonly registry: Registry
  readonly guard: Pick<SliceGuard, "run" | "portions">
  readonly budget: number
  readonly output: ActorOptions["output"]
  readonly warm: WarmRuns
}

/**
 * One strong read of the partition (and of what it lacks), then replay of what the head has adopted. `begins`: nothing is there yet but this start,
 * and nothing is read. A part of the generator that calls it.
 */
export function* loadRun(runId: string, options: LoadOptions, begins?: StartMessage) {
  const stored: StoredRun =
    begins === undefined ? yield* readWholeRun(runId) : { head: undefined, segments: [], messages: [begins] }
  const { head } = stored
  const start = stored.messages.find(({ kind }) => kind === "start" || kind === "deleted")
  if ((head !== undefined && !isPresent(head)) || start?.kind === "deleted") return deletedRun(runId, stored)
  if (start?.kind !== "start") return { _tag: "NotStarted" } satisfies LoadedRun
  if (head?.outcome !== undefined) return { _tag: "Finished", head, start, stored } satisfies LoadedRun
  const parked = (reason: ParkReason): LoadedRun => ({ _tag: "Parked", head, start, reason, movedAt: movedAt(stored) })
  if (head?.sealed !== undefined || head?.unopened !== undefined) return parked(sealedHead(head))
  const decided = decidedOf(stored)
  const request = decided?.by._tag === "Terminated" ? undefined : repairOf(runId, stored)
  if (request !== undefined && head !== undefined)
    return { _tag: "Repaired", request, stored: { ...stored, head } } satisfies LoadedRun
  if (decided !== undefined) return { _tag: "Decided", decided, start, stored } satisfies LoadedRun
  if (head?.status === "paused") return { _tag: "Paused", head } satisfies LoadedRun
  const workflow = options.registry.workflow(start.workflow, start.definitionVersion, runId)
  if (workflow instanceof UnknownWorkflow) return parked(workflow)
  const shared = options.warm.sharedBy(runId)
  // A cancellation ends it where a replay comes as far as it had come.
  if (shared !== undefined && !stored.messages.some(isCancelling)) return parked(shared)
  const order = head === undefined ? [] : adoptedOrder(head, stored)
  if (isUncopied(start, order)) {
    const copy = yield* loadCopy(runId, start, stored, workflow, options)
    if ("_tag" in copy) return parked(copy)
    const { actor, rows: copied } = copy
    const unread = stored.messages.filter((message) => !actor.hasAdopted(messageKey(message)))
    return {
      _tag: "Ready",
      run: { actor, head: copy.head, noticesUncertain: false, uncopied: { head } },
      unread,
      copied
    } satisfies LoadedRun
  }
  let messages = stored.messages
  if (!messages.every(isWhole)) {
    const resolved = yield* Effect.result(Effect.forEach(messages, resolveMessage, { concurrency: 8 }))
    if (resolved._tag === "Failure") {
      if (resolved.failure._tag === "StoreUnavailable") return yield* resolved.failure
      return parked(resolved.failure)
    }
    messages = resolved.success
  }
  const byKey = new Map(messages.map((message) => [messageKey(message), message]))
  const actorOptions: ActorOptions = {
    workflow,
    runId,
    budget: options.budget,
    output: options.output,
    registered: options.registry.registered,
    stuckAt: options.warm.stuckAt(runId),
    emitted: order.length === 0 ? undefined : (head?.emitted ?? [])
  }
  const actor = new Actor(actorOptions)
  if (head !== undefined && order.length > 0) {
    const hung = options.guard.portions(runId, workflow, true, replayInParts(actor, order, byKey))
    if (hung === undefined) endReplay(actor, { order, open: head.open, abandoned: head.abandoned })
    const reason = hung ?? actor.parkReason
    const isEnded = hung === undefined && actor.endsByCancel && messages.some(isCancelling)
    if (reason !== undefined && !isEnded) return parked(reason)
    yield* giveAfterAll(runId, actor, head)
  }
  const unread = messages.filter((message) => !actor.hasAdopted(messageKey(message)))
  return {
    _tag: "Ready",
    run: {
      actor,
      head,
      noticesUncertain: head?.notices === true || head?.replies !== undefined || hasUnsettled(head?.emitted)
    },
    unread
  } satisfies LoadedRun
}

/**
 * Is the next turn sure to adopt this row? Not an inline outcome, nor an answer to a callback that is not open: it may be left of a turn
 * that lost its race, and wait for its command for ever. Nor a timer before its time.
 */
export const isNews = (row: Message, now: number, open: ReadonlyArray<CommandRecord>): boolean => {
  switch (row.kind) {
    case "step":
      return row.inline !== true
    case "timer":
      return row.due <= now
    case "callback":
      return open.some(({ kind, key }) => kind === "callback" && key === row.key)
    default:
      return true
  }
}

const deletedRun = (address: string, { head, messages }: StoredRun): DeletedRun => {
  const tombstone = messages.find((message) => message.kind === "deleted")
  return {
    _tag: "Deleted",
    generation: tombstone?.generation ?? head?.deletion?.generation ?? parseAddress(address).generation,
    isLate: messages.length > (tombstone === undefined ? 0 : 1),
    isUndecided: tombstone === undefined && head?.deletion?.was !== undefined
  }
}

const movedAt = ({ head, messages }: StoredRun): number =>
  messages.reduce((latest, { at }) => Math.max(latest, at), head?.updatedAt ?? 0)

/** A run that began in clear, or whose key is gone: its rows may be read, and its head may not. */
const sealedHead = ({ unopened }: Head): PayloadUnreadable => {
  const { mend, message } = unopened ?? { message: withoutCodec, mend: giveCodec }
  const why = mend === undefined ? message : `${message}; ${mend}`
  return new PayloadUnreadable({ message: `the head of the run cannot be read: ${why}`, row: "head" })
}
