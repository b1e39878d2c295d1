import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import type { Head } from "../../actor/history/head.ts"
import { messageKey, type StartMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { Commits, type Notice, type NoticeConflict } from "../../store/commits.ts"
import type { StoreRefused } from "../../store/errors.ts"
import { sameContent } from "../../store/reading/sameMessage.ts"
import { RunTable } from "../../store/runTable.ts"
import { cancelNotice, childStart } from "./rowsForOthers.ts"

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
  const children = actor.ledger.openChildren()
  yield* Effect.forEach(children, (child) => putChild(runId, child, at), { concurrency: 8, discard: true })
})

const putChild = Effect.fnUntraced(function* (runId: string, { command, cancelRequested }: OpenChild, at: number) {
  const table = yield* RunTable
  const notice = yield* childStart(runId, command, at)
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
  if (cancelRequested) yield* putUnlessThere(cancelNotice(command.runId, at))
})

type OpenChild = ReturnType<Actor["ledger"]["openChildren"]>[number]

/** A child's run id belongs to another run, or is none that the store takes: the command is answered with that, instead of waiting for ever. */
export const answerConflict = Effect.fnUntraced(function* (runId: string, conflict: NoticeConflict, at: number) {
  const { notice } = conflict
  const { message } = notice
  if (message.kind !== "start") return "refused" in conflict ? yield* tellRefusal(notice, conflict.refused) : undefined
  if (message.parent === undefined) return
  const table = yield* RunTable
  const cause =
    "refused" in conflict
      ? { _tag: "StoreRefused", message: conflict.refused.message }
      : { _tag: "RunConflict", message: `run id ${notice.runId} belongs to another run` }
  const { key, fingerprint } = message.parent
  yield* table.put(runId, { kind: "child", at, key, fingerprint, outcome: diedOf(cause) })
})

const diedOf = (cause: { readonly _tag: string; readonly message: string }): Outcome => ({
  tag: "died",
  payload: { json: JSON.stringify(cause) }
})

/** A parent that cannot be told its child's outcome is told that: it must not wait for ever. */
const tellRefusal = Effect.fnUntraced(function* ({ runId, message }: Notice, refused: StoreRefused) {
  yield* Effect.logError(`${messageKey(message)} does not reach run ${runId}: ${refused.message}`)
  if (message.kind !== "child") return
  const table = yield* RunTable
  yield* table.put(runId, { ...message, outcome: diedOf({ _tag: "StoreRefused", message: refused.message }) })
})

/** Of a finished run only the parent's notice matters: its children were told to cancel, and end by themselves otherwise. */
const finished = Effect.fnUntraced(function* (_runId: string, head: Head, start: StartMessage) {
  const commits = yield* Commits
  if (commits.atomic || head.outcome === undefined || start.parent === undefined) return
  const at = yield* Clock.currentTimeMillis
  const { runId, key, fingerprint } = start.parent
  yield* putUnlessThere({ runId, message: { kind: "child", at, key, fingerprint, outcome: head.outcome } })
})

export const putNoticesAgain = { running, finished }
