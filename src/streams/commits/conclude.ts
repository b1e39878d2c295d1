import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { carriedRows, nextStart } from "../../actor/history/continuation.ts"
import { adoptedKey, readEntry, writeEntry } from "../../actor/history/entry.ts"
import { nextAddress } from "../../actor/history/generation.ts"
import type { Head, RunStatus } from "../../actor/history/head.ts"
import { type Message, messageKey, type RestartMessage } from "../../actor/history/message.ts"
import { handoverTo, Restarts } from "../../actor/history/restarting/restarts.ts"
import { channelText } from "../../actor/values/channel.ts"
import { Commits, type HeadCommit } from "../../store/commits.ts"
import { leftBehind } from "../../store/generations/leftBehind.ts"
import { offload } from "../../store/payloads.ts"
import { byArrival } from "../../store/reading/byArrival.ts"
import { offloadRow } from "../../store/reading/offloadRow.ts"
import { adoptedOrder } from "../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../store/runTable.ts"
import type { Delivery } from "../../store/stepQueue.ts"
import { concludedOf } from "./repairing/concludedOf.ts"
import { repairedEnd } from "./repairing/repairCommit.ts"
import { wakeForEnd } from "./wakeForEnd.ts"

/**
 * A run that has ended, and that was asked to start once more: its head is committed again, and says what comes next. The rows that came before
 * the request are set aside with it, as they were for the run that has ended; those behind it go to the new one. Undefined: nobody has asked.
 */
export const conclusionOf = Effect.fnUntraced(function* (address: string, head: Head, stored: StoredRun, at: number) {
  const { outcome, status } = head
  if (outcome === undefined || outcome.tag === "continued") return undefined
  if (!stored.messages.some(({ kind }) => kind === "restart")) return undefined
  const left = byArrival(leftBehind(head, stored))
  const order = adoptedOrder(head, stored)
  const restarts = new Restarts()
  // One that was adopted has had no turn of the body's that would have begun it: the run was ended by force.
  for (const row of [...adoptedRestarts(order, stored), ...left]) restarts.note(row)
  const [first, ...later] = restarts.all
  if (first === undefined) return undefined
  const end = left.indexOf(first) + 1
  const adopted = left
    .slice(0, end)
    .map((row) => writeEntry({ key: messageKey(row), isSetAside: true, time: undefined }))
  const waiting = later.filter((row) => !left.includes(row))
  const behind = [...unreadOf(head, order, stored), ...waiting]
  const { ending, next, unread } = handoverTo(restarts.begins(first as RestartMessage), [...order, ...adopted], behind)
  const last: Head = {
    ...head,
    version: head.version + 1,
    status: "continued",
    outcome: { tag: ending.tag, payload: yield* offload(ending.payload, address) } as Head["outcome"] & {},
    concluded: yield* concludedOf(address, status as RunStatus, outcome),
    adopted: head.adopted + adopted.length,
    tail: [...head.tail, ...adopted],
    notices: true
  }
  const behindStart = yield* Effect.forEach([...carriedRows(unread), ...left.slice(end)], (row) =>
    offloadRow(row, address)
  )
  const rows = [...behindStart, nextStart(address, next, head, at, undefined)]
  return { ...nothing, head: last, adopted, next: { address: nextAddress(address), rows } } satisfies HeadCommit
})

/** Signals that were adopted and that nobody has received: the run was ended by force, and its head counts them. Those of one channel are received in their order. */
const unreadOf = ({ unread = [] }: Head, order: ReadonlyArray<string>, { messages }: StoredRun) => {
  const byKey = new Map(messages.map((row) => [messageKey(row), row]))
  const signals = order.flatMap((entry) => {
    const { isSetAside, key } = readEntry(entry)
    const row = isSetAside ? undefined : byKey.get(key)
    return row?.kind === "signal" ? [row] : []
  })
  const left = new Set(
    unread.flatMap(({ count, ...channel }) =>
      signals.filter((row) => channelText(row) === channelText(channel)).slice(-count)
    )
  )
  return signals.filter((row) => left.has(row))
}

const adoptedRestarts = (order: ReadonlyArray<string>, { messages }: StoredRun): ReadonlyArray<Message> => {
  const byKey = new Map(messages.map((row) => [messageKey(row), row]))
  return order.flatMap((entry) => {
    const row = byKey.get(adoptedKey(entry))
    return row?.kind === "restart" ? [row] : []
  })
}

const nothing = { segments: [], steps: [], timers: [], clearTimers: [], notices: [], openIndexes: [] }

/** What of a turn's work is done with the commit. */
interface Rung {
  rows: ReadonlyArray<Message>
  done: ReadonlyArray<Delivery>
  readonly comesAgain: boolean
}

/** The head that stands then; `again`: another was first. */
export const conclude = Effect.fnUntraced(function* (runId: string, head: Head, stored: StoredRun, work: Rung) {
  const at = yield* Clock.currentTimeMillis
  const conclusion = (yield* repairedEnd(runId, head, stored, at)) ?? (yield* conclusionOf(runId, head, stored, at))
  if (conclusion === undefined) return head
  const commits = yield* Commits
  if (!work.comesAgain && !commits.atomic) yield* wakeForEnd(runId, conclusion.head, at)
  const result = yield* commits.commit({ runId, rows: work.rows, done: work.done, head: conclusion })
  work.rows = []
  work.done = []
  return result._tag === "Committed" ? conclusion.head : ("again" as const)
})
