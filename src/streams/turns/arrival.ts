import type { Actor } from "../../actor/actor.ts"
import { commandId } from "../../actor/history/command.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey, messageTime, previousOf } from "../../actor/history/message.ts"
import { behindEarlierCancel, bringLeft } from "../../store/generations/forward.ts"
import { RunTable } from "../../store/runTable.ts"
import type { WarmRun } from "./warmRun.ts"

/**
 * Rows, and what their senders had put before them and this run has not adopted: the doorbell of an earlier signal may be lost or
 * on its way, and a read of many rows may have passed the place of one before it was put. A row that is not there is passed over, but one that the start
 * before has left behind is brought along: what is sent next goes to the start that is to come, while whoever begins that has not seen the row.
 * What was sent behind a cancellation of that start stands behind what that one was sent behind: it may be over, and they not.
 * A part of the generator that calls it.
 */
export function* withPrevious(runId: string, actor: Actor, rows: ReadonlyArray<Message>) {
  if (rows.every((row) => previousOf(row).length === 0)) return rows
  const table = yield* RunTable
  const start = actor.start ?? rows.find(({ kind }) => kind === "start")
  const isStartedAgain = start?.kind === "start" && start.request !== undefined && start.continues !== undefined
  const known = new Set(rows.map(messageKey))
  const all = [...rows]
  // The list grows on the way: rows that are found name earlier ones in turn.
  for (const [index, row] of all.entries()) {
    const isBehindCancel = isStartedAgain && previousOf(row).includes("cancel")
    const further = isBehindCancel ? yield* behindEarlierCancel(runId, messageKey(row)) : []
    const previous = [...previousOf(row), ...further]
    if (further.length > 0) all[index] = { ...row, previous } as Message
    for (const key of previous) {
      if (known.has(key) || actor.hasAdopted(key)) continue
      known.add(key)
      const earlier =
        (yield* table.readMessage(runId, key)) ?? (isStartedAgain ? yield* bringLeft(runId, key) : undefined)
      if (earlier !== undefined) all.push(earlier)
    }
  }
  return all
}

/**
 * Rows, and the answers to callbacks whose time-out comes with one of the timers among them: an answer that came before it counts, though its
 * doorbell may still be under way.
 */
export function* withAnswers(runId: string, actor: Actor, rows: ReadonlyArray<Message>) {
  const until = Math.max(...rows.map((row) => (row.kind === "timer" ? messageTime(row) : 0)))
  const known = new Set(rows.map(messageKey))
  const all = [...rows]
  for (const { fingerprint, key, kind } of actor.ledger.openRecords()) {
    const expiresAt = kind === "callback" ? Number(fingerprint) : 0
    if (expiresAt === 0 || expiresAt > until || known.has(commandId("callback", key))) continue
    const answer = yield* (yield* RunTable).readMessage(runId, commandId("callback", key))
    if (answer !== undefined) all.push(answer)
  }
  return all
}

/**
 * Answers to callbacks that a commit of this run has opened, and whose tokens an inline step may have handed out before it. Whoever was rung for such an
 * answer meanwhile, on a head that does not know the callback, has left it to this turn.
 */
export const handedOut = (run: WarmRun, { open }: Head): ReadonlyArray<string> => {
  if (run.hasTold !== true) return []
  run.hasTold = false
  const before = new Set(run.head?.open.flatMap(({ key, kind }) => (kind === "callback" ? [key] : [])))
  return open.flatMap(({ key, kind }) => (kind === "callback" && !before.has(key) ? [commandId(kind, key)] : []))
}
