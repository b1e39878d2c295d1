import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import { isSystemName } from "../../actor/definitions/name.ts"
import type { AwaitCommand } from "../../actor/history/command.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { endOf, type Head, type Sends } from "../../actor/history/head.ts"
import type { OpenChild } from "../../actor/history/ledger.ts"
import { type Message, messageKey, type StartMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { Commits, type Notice, type NoticeConflict } from "../../store/commits.ts"
import { goneBy, wasDeleted } from "../../store/deletion/gone.ts"
import { tellOfDeleted } from "../../store/deletion/tellFirst.ts"
import type { StoreRefused } from "../../store/errors.ts"
import { putNotice } from "../../store/putNotices.ts"
import { sameContent } from "../../store/reading/sameMessage.ts"
import { RunTable } from "../../store/runTable.ts"
import { cancelsOfLeft } from "./leftChildren.ts"
import {
  awaitNotice,
  cancelNotice,
  childStart,
  describeSends,
  lastCancels,
  outcomeNotice,
  ownNotice,
  signalNotice
} from "./rowsForOthers.ts"

/**
 * Rows for other runs follow the commit that asked for them. Where store and commit are not one transaction, the process may
 * have died in between: whoever meets such a head without having written it makes sure that the rows are there. Reading first
 * costs a fifth of a write that would be refused.
 */
const putUnlessThere = Effect.fnUntraced(function* (notice: Notice) {
  const table = yield* RunTable
  const there = yield* table.readMessage(notice.runId, messageKey(notice.message))
  if (there !== undefined) return
  yield* Effect.catchTag(table.put(notice.runId, notice.message), "StoreRefused", (refused) =>
    tellRefusal(notice, refused)
  )
})

/** Needed in every store: even where rows and head are one transaction, the row that answers a conflict is written after it. */
const running = Effect.fnUntraced(function* (runId: string, actor: Actor, head: Head | undefined) {
  if (head?.notices !== true) return
  const at = yield* Clock.currentTimeMillis
  const { ledger } = actor
  const children = ledger.openChildren()
  yield* Effect.forEach(children, (child) => putChild(runId, actor, child, at), { concurrency: 8, discard: true })
  for (const command of ledger.openAwaits()) yield* ask(runId, command, at)
  if (head.sends !== undefined && (yield* isAsSent(runId, actor, head.sends)))
    yield* putSends(runId, actor, head.sends, at)
  ledger.outbox.keep([])
})

/** Until it is answered: the row is there already, or the answer is. */
export const ask = Effect.fnUntraced(function* (runId: string, command: AwaitCommand, at: number) {
  const table = yield* RunTable
  const conflicts = yield* putNotice(table, awaitNotice(runId, command, at), runId)
  yield* Effect.forEach(conflicts, (conflict) => answerConflict(runId, conflict, at), { discard: true })
})

/** Signals are on no record, and commands of a run that has ended are not: code that has changed may come to others, unnoticed. */
const isAsSent = Effect.fnUntraced(function* (runId: string, actor: Actor, sends: Sends) {
  const now = describeSends(actor, actor.ledger.outbox.lastKept(sends.count))
  if (now.count === sends.count && now.fingerprint === sends.fingerprint) return true
  yield* Effect.logWarning(
    `run ${runId}: what it sent to other runs cannot be made sure of, as its code has changed since and would send something else`
  )
  return false
})

/** One by one: of what goes to one run the next comes when the one before is there. */
const putSends = Effect.fnUntraced(function* (runId: string, actor: Actor, sends: Sends, at: number) {
  const table = yield* RunTable
  for (const command of actor.ledger.outbox.lastKept(sends.count)) {
    const conflicts = yield* putNotice(table, yield* signalNotice(command, at), runId)
    yield* Effect.forEach(conflicts, (conflict) => answerConflict(runId, conflict, at), { discard: true })
  }
})

const putChild = Effect.fnUntraced(function* (
  runId: string,
  actor: Actor,
  { command, cancelRequested }: OpenChild,
  at: number
) {
  const table = yield* RunTable
  const notice = yield* childStart(runId, command, at, actor.start?.trace)
  const there = yield* table.readMessage(command.runId, "start")
  if (there !== undefined && !sameContent(there, notice.message))
    return yield* answerConflict(runId, { notice, existing: there }, at)
  if (there === undefined) {
    const put = yield* Effect.result(table.put(command.runId, notice.message))
    if (put._tag === "Failure") {
      if (put.failure._tag !== "StoreRefused") return yield* put.failure
      return yield* answerConflict(runId, { notice, refused: put.failure }, at)
    }
    // Another start of that id may have come between the look and the put.
    if (put.success._tag === "Exists" && !sameContent(put.success.message, notice.message))
      return yield* answerConflict(runId, { notice, existing: put.success.message }, at)
  }
  const before = actor.ledger.outbox.before(command.runId)
  if (cancelRequested) yield* putUnlessThere(cancelNotice(command, at, before))
})

/** A child's run id belongs to another run, or is none that the store takes: the command is answered with that, instead of waiting for ever. */
export const answerConflict = Effect.fnUntraced(function* (runId: string, conflict: NoticeConflict, at: number) {
  const { notice } = conflict
  const { message } = notice
  if ("dropped" in conflict) return yield* tellDropped(runId, message, conflict.dropped)
  if (message.kind === "signal" && "existing" in conflict)
    return yield* tellDropped(runId, message, "it was sent before with another payload, and that one stands")
  if (message.kind !== "start") return "refused" in conflict ? yield* tellRefusal(notice, conflict.refused) : undefined
  if (message.parent === undefined) return
  if ("existing" in conflict && conflict.existing.kind === "deleted") {
    if (yield* tellOfDeleted(notice.runId, conflict.existing.generation, message.parent)) return
  }
  const table = yield* RunTable
  const cause =
    "refused" in conflict
      ? { _tag: "StoreRefused", message: conflict.refused.message }
      : conflict.existing.kind === "deleted"
        ? {
            _tag: "RunConflict",
            message: `run id ${notice.runId} belongs to a run that ${wasDeleted(goneBy(conflict.existing))}`
          }
        : { _tag: "RunConflict", message: `run id ${notice.runId} belongs to another run` }
  const { key, fingerprint } = message.parent
  yield* table.put(runId, { kind: "child", at, key, fingerprint, outcome: diedOf(cause) })
})

/** Those of the runtime's own may come too late: nobody has sent them. */
const tellDropped = (runId: string, message: Message, why: string) =>
  message.kind === "signal" && !isSystemName(message.name)
    ? Effect.logWarning(
        `signal ${message.name} of run ${placeOfAddress(runId)}, with the id ${message.id}, was not sent: ${why}`
      )
    : Effect.void

const diedOf = (cause: { readonly _tag: string; readonly message: string }): Outcome => ({
  tag: "died",
  payload: { json: JSON.stringify(cause) }
})

/** A parent that cannot be told its child's outcome is told that: it must not wait for ever. */
const tellRefusal = Effect.fnUntraced(function* ({ runId, message }: Notice, refused: StoreRefused) {
  yield* Effect.logError(`${messageKey(message)} does not reach run ${placeOfAddress(runId)}: ${refused.message}`)
  if (message.kind !== "child") return
  const table = yield* RunTable
  yield* table.put(runId, { ...message, outcome: diedOf({ _tag: "StoreRefused", message: refused.message }) })
})

/**
 * Of a finished run. Its parent is told what stands in the head; what it sent, and the cancellations of children
 * that it left, take a replay, which the head asks for (`Head.sends`): undefined where there is none, or it cannot be made.
 */
const finished = Effect.fnUntraced(function* (
  runId: string,
  head: Head,
  start: StartMessage,
  actor: Actor | undefined
) {
  const commits = yield* Commits
  const outcome = endOf(head)
  if (commits.atomic || outcome === undefined) return
  const at = yield* Clock.currentTimeMillis
  const { sends } = head
  if (actor !== undefined && sends !== undefined && (yield* isAsSent(runId, actor, sends))) {
    const table = yield* RunTable
    for (const child of actor.ledger.openChildren()) yield* putChild(runId, actor, child, at)
    yield* putSends(runId, actor, sends, at)
    for (const cancel of lastCancels(actor, at)) yield* putNotice(table, cancel, runId)
  }
  // Of one that has ended without a replay.
  if (head.open.length > 0) {
    const table = yield* RunTable
    for (const cancel of cancelsOfLeft(runId, head, at)) yield* putNotice(table, cancel, runId)
  }
  if (start.parent !== undefined && outcome.tag !== "continued") {
    yield* putUnlessThere(yield* ownNotice(outcomeNotice(start.parent, outcome, at, beforeEnd(head))))
  }
})

/** What a run has sent to its parent before it told of its end. */
export const beforeEnd = ({ sends }: Head) => (sends?.toParent === undefined ? {} : { previous: [sends.toParent] })

/** Whoever has asked a run that has ended: its last turn may not have seen the question. */
export const answerWaiters = Effect.fnUntraced(function* (outcome: Outcome, messages: ReadonlyArray<Message>) {
  const at = yield* Clock.currentTimeMillis
  for (const message of messages)
    if (message.kind === "await") yield* putUnlessThere(yield* ownNotice(outcomeNotice(message.waiter, outcome, at)))
})

export const putNoticesAgain = { running, finished }
