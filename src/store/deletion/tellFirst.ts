import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { refusedAwait } from "../../actor/history/awaitRefusal.ts"
import { awaitMark, defaultChildRunId } from "../../actor/history/command.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { endOf, type Head, isTerminal } from "../../actor/history/head.ts"
import { messageKey, type ParentLink } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { answerTo } from "../judgeNotice.ts"
import { sendAway } from "../limits/sendAway.ts"
import { ownAnswer, putNotice } from "../putNotices.ts"
import { adoptedOrder, readWholeRun } from "../reading/wholeRun.ts"
import { RunTable } from "../runTable.ts"

/**
 * Before anything of a run goes, those are told of its end who are to know of it: its parent, and runs that wait for it; and children that were to end with
 * it are. Whoever had to see to that after the run's last commit may have been away since, and nobody finds it out of a run that is gone. What
 * came for one that is gone already is answered with that.
 */
export const tellFirst = Effect.fnUntraced(function* (newest: string, marked: Head) {
  const { generation, runId } = parseAddress(newest)
  const deletedAt = marked.updatedAt
  const gone = refusedAwait({ reason: "notFound" })
  const last = endOf(marked)
  for (let number = 0; number <= generation; number++) {
    const address = addressOf(runId, number)
    const stored = yield* readWholeRun(address)
    const head = number === generation ? marked : stored.head
    const end = head === undefined ? undefined : endOf(head)
    const isEnd = end !== undefined && end.tag !== "continued"
    const adopted = new Set(head === undefined ? [] : adoptedOrder(head, stored).map(adoptedKey))
    for (const row of stored.messages) {
      if (row.kind !== "await") continue
      // What a generation that was left behind has not adopted was for the last.
      const isItsOwn = isEnd && adopted.has(messageKey(row))
      yield* tell(row.waiter, (isItsOwn ? end : last) ?? gone, { deletedAt, ifGone: gone })
    }
    if (head !== undefined) yield* sendAway(address, head, stored)
    if (head === undefined || !isEnd) continue
    if (head.parent !== undefined) yield* tell(head.parent, end, { deletedAt, of: head })
    yield* cancelLeft(address, head)
  }
})

/**
 * A parent that asks for its child once more finds that it was deleted: if that has not come to its end, it may not have been told yet how the child ended. False: that
 * is not known here, or it is another's.
 */
export const tellOfDeleted = Effect.fnUntraced(function* (runId: string, generation: number, parent: ParentLink) {
  const table = yield* RunTable
  const address = addressOf(runId, generation)
  const head = yield* table.readHead(address)
  if (head?.status !== "deleted" || head.deletion?.was === undefined) return false
  yield* tellFirst(address, head)
  return (yield* table.readMessage(parent.runId, `child/${parent.key}`)) !== undefined
})

interface Telling {
  readonly deletedAt: number
  /** In place of an end whose object went with an earlier attempt at the deletion. */
  readonly ifGone?: Outcome
  /** Whose end it is. */
  readonly of?: Head
}

/** So far apart clocks may be. */
const clocksMs = 60_000

/**
 * Of one that is over nobody needs it, and nothing is to be put where all may have been deleted. One that began after the deletion is another run, which has
 * the id of who had asked.
 */
const tell = Effect.fnUntraced(function* (
  waiter: ParentLink,
  end: Exclude<ReturnType<typeof endOf>, undefined>,
  { deletedAt, ifGone, of }: Telling
) {
  const table = yield* RunTable
  const receiver = yield* table.readHead(waiter.runId)
  if (receiver === undefined || isTerminal(receiver.status) || receiver.startedAt > deletedAt + clocksMs) return
  const at = yield* Clock.currentTimeMillis
  const told = answerTo(waiter, end as Outcome, at)
  if ((yield* table.readMessage(waiter.runId, messageKey(told))) !== undefined) return
  const orGone = ifGone === undefined ? {} : { ifGone: answerTo(waiter, ifGone, at) }
  const own = yield* ownAnswer({ answer: told, ...orGone }, waiter.runId)
  const previous = of?.sends?.toParent === undefined ? {} : { previous: [of.sends.toParent] }
  yield* table.put(waiter.runId, { ...own, ...previous })
})

/** A run that was ended without a replay has them in its head. */
const cancelLeft = Effect.fnUntraced(function* (address: string, { notices, open }: Head) {
  if (!notices) return
  const table = yield* RunTable
  const at = yield* Clock.currentTimeMillis
  for (const { childRunId, key, kind } of open) {
    if (kind !== "child" || key.startsWith(awaitMark)) continue
    const child = childRunId ?? defaultChildRunId(address, key)
    const reason = "the parent run was cancelled, or no longer waits"
    yield* putNotice(table, { runId: child, toChild: key, message: { kind: "cancel", at, reason } }, address)
  }
})
