import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Actor } from "../actor/actor.ts"
import type { Head } from "../actor/head.ts"
import { messageKey, type StartMessage } from "../actor/message.ts"
import { Commits, type Notice } from "../store/commits.ts"
import { RunTable } from "../store/runTable.ts"
import { cancelNotice, childStart } from "./buildCommit.ts"

/**
 * Rows for other runs follow the commit that asked for them. Where store and commit are not one transaction, the process may
 * have died in between: whoever meets such a head without having written it makes sure that the rows are there. Reading first
 * costs a fifth of a write that would be refused.
 */
const putUnlessThere = Effect.fnUntraced(function* (notice: Notice) {
  const table = yield* RunTable
  const there = yield* table.readMessage(notice.runId, messageKey(notice.message))
  if (there === undefined) yield* table.put(notice.runId, notice.message)
})

const again = Effect.fnUntraced(function* (notices: ReadonlyArray<Notice>) {
  yield* Effect.forEach(notices, putUnlessThere, { concurrency: 8, discard: true })
})

const running = Effect.fnUntraced(function* (runId: string, actor: Actor, head: Head | undefined) {
  const commits = yield* Commits
  if (commits.atomic || head?.notices !== true) return
  const at = yield* Clock.currentTimeMillis
  const notices: Array<Notice> = []
  for (const { command, cancelRequested } of actor.ledger.openChildren()) {
    notices.push(yield* childStart(runId, command, at))
    if (cancelRequested) notices.push(cancelNotice(command.runId, at))
  }
  yield* again(notices)
})

/** Of a finished run only the parent's notice matters: its children were told to cancel, and end by themselves otherwise. */
const finished = Effect.fnUntraced(function* (_runId: string, head: Head, start: StartMessage) {
  const commits = yield* Commits
  if (commits.atomic || head.outcome === undefined || start.parent === undefined) return
  const at = yield* Clock.currentTimeMillis
  const { runId, key, fingerprint } = start.parent
  yield* again([{ runId, message: { kind: "child", at, key, fingerprint, outcome: head.outcome } }])
})

export const putNoticesAgain = { running, finished }
