import type { Actor } from "../../actor/actor.ts"
import { type Command, commandId } from "../../actor/history/command.ts"
import { readEntry } from "../../actor/history/entry.ts"
import type { Head } from "../../actor/history/head.ts"
import type { HeadCommit } from "../../store/commits.ts"
import type { ScheduledTimer } from "../../store/timers.ts"

/** The timers that a commit sets and gives up. */
export const timersOf = (runId: string, commands: ReadonlyArray<Command>) => {
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
export const furtherTimers = (actor: Actor, before: Head | undefined): Pick<HeadCommit, "furtherTimers"> => {
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
