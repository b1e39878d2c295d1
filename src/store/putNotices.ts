import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../actor/history/generation.ts"
import { type Message, messageKey, previousOf } from "../actor/history/message.ts"
import type { Notice, NoticeConflict } from "./commits.ts"
import { bringForward } from "./generations/forward.ts"
import { type Home, homeOfSent, homeUnlessDropped } from "./generations/home.ts"
import { findNewest } from "./generations/newest.ts"
import { homeMark } from "./generations/nextGeneration.ts"
import { type Answered, type Dropped, isJudged, judgeNotice, type Receiver } from "./judgeNotice.ts"
import { copiedFor, isOwn } from "./payloads.ts"
import { sameContent } from "./reading/sameMessage.ts"
import { RunTable } from "./runTable.ts"

type Table = RunTable["Service"]

const concurrency = 32

/**
 * In the order that keeps what follows from what: starts before all, because others may be told of the new runs; what goes to one run
 * one by one, as it was sent; and at last what ends things.
 */
export const putNotices = Effect.fnUntraced(function* (table: Table, notices: ReadonlyArray<Notice>, from: string) {
  const conflicts: Array<NoticeConflict> = []
  for (const phase of phasesOf(notices)) {
    const results = yield* Effect.forEach(phase, (some) => Effect.forEach(some, (one) => putNotice(table, one, from)), {
      concurrency
    })
    conflicts.push(...results.flat(2))
  }
  return conflicts
})

const phasesOf = (notices: ReadonlyArray<Notice>) => {
  const isStart = ({ message: { kind } }: Notice) => kind === "start"
  const isLast = ({ message: { kind } }: Notice) => kind === "child" || kind === "cancel"
  const alone = (some: ReadonlyArray<Notice>) => some.map((one) => [one])
  const between = notices.filter((notice) => !isStart(notice) && !isLast(notice))
  const byRun = Map.groupBy(between, ({ runId }) => runId)
  return [alone(notices.filter(isStart)), [...byRun.values()], alone(notices.filter(isLast))].filter(
    (phase) => phase.length > 0
  )
}

/** The head stands by then: a notice that is refused is no failure of the turn. */
export const putNotice = Effect.fnUntraced(function* (table: Table, notice: Notice, from: string) {
  if (isJudged(notice)) {
    const { address, ...receiver } = yield* receiverOf(table, notice.runId)
    const verdict = judgeNotice(from, notice, receiver)
    if (verdict === "drop") return none
    if (verdict === "put") return yield* putForRun(table, notice, address, from)
    if ("dropped" in verdict) return yield* dropped(table, notice, verdict, from)
    return yield* putRow(table, { runId: from, message: yield* ownAnswer(verdict, from) })
  }
  return yield* putRow(table, notice)
})

const none: ReadonlyArray<NoticeConflict> = []

/** With an object of the asker's own. */
export const ownAnswer = Effect.fnUntraced(function* ({ answer, ifGone }: Answered, from: string) {
  const payload = yield* copiedFor(answer.outcome.payload, from)
  if (ifGone !== undefined && !isOwn(payload, from)) return ifGone
  return { ...answer, outcome: { ...answer.outcome, payload } }
})

/** In its newest generation; a signal, which may have been put before, where it was then. */
const putForRun = Effect.fnUntraced(function* (table: Table, notice: Notice, newest: string, from: string) {
  const { message } = notice
  if (message.kind !== "signal") return yield* putRow(table, { ...notice, runId: newest })
  yield* Effect.provideService(bringEarlier(message, newest), RunTable, table)
  const home = yield* Effect.provideService(homeOfSent(newest, messageKey(message), from), RunTable, table)
  if (home === undefined) return [{ notice, dropped: `run ${notice.runId} had ended` }]
  return yield* putAt(table, notice, home)
})

/** Unless it was put before the receiver's end. */
const dropped = Effect.fnUntraced(function* (table: Table, notice: Notice, verdict: Dropped, from: string) {
  const { message, runId } = notice
  const home = verdict.isOver
    ? yield* Effect.provideService(homeUnlessDropped(runId, messageKey(message), from), RunTable, table)
    : undefined
  return home === undefined ? [{ notice, dropped: verdict.dropped }] : yield* putAt(table, notice, home)
})

const putAt = Effect.fnUntraced(function* (table: Table, notice: Notice, home: Home) {
  if ("address" in home) return yield* putRow(table, { ...notice, runId: home.address })
  return sameContent(home.there, notice.message) ? none : [{ notice, existing: home.there }]
})

/** One sender, one order, across generations as well: what it has sent to an earlier one, which was over by then, is brought along first. */
const bringEarlier = Effect.fnUntraced(function* (message: Message, newest: string) {
  const { generation, runId } = parseAddress(newest)
  if (generation === 0) return
  const table = yield* RunTable
  for (const key of previousOf(message)) {
    if ((yield* table.readMessage(newest, key)) !== undefined) continue
    const isInFirst = (yield* table.readMessage(runId, key)) !== undefined
    const home = isInFirst ? 0 : yield* table.readMark(runId, homeMark(key))
    if (home !== undefined && home >= 0 && home < generation)
      yield* bringForward(addressOf(runId, home), [key], { address: newest, head: undefined })
  }
})

const putRow = Effect.fnUntraced(function* (table: Table, notice: Notice) {
  const put = yield* Effect.result(table.put(notice.runId, notice.message))
  if (put._tag === "Failure") {
    if (put.failure._tag !== "StoreRefused") return yield* put.failure
    return [{ notice, refused: put.failure }] satisfies ReadonlyArray<NoticeConflict>
  }
  const result = put.success
  const isOther = result._tag === "Exists" && !sameContent(result.message, notice.message)
  return isOther ? [{ notice, existing: result.message }] : none
})

/** The run that a notice is for, and the address of its newest generation. */
export const receiverOf = Effect.fnUntraced(function* (table: Table, runId: string) {
  const found = yield* Effect.provideService(findNewest(runId), RunTable, table)
  const { address, deleted } = found
  const head = found.head ?? (deleted?.deletion?.was === undefined ? undefined : deleted)
  if (head !== undefined) return { address, head, start: undefined } satisfies Receiver & { readonly address: string }
  // Of a generation that has no start row yet, the first one's says as much.
  const there: Message | undefined = yield* table.readMessage(address, "start")
  const start = there ?? (address === runId ? undefined : yield* table.readMessage(runId, "start"))
  return { address, head, start: start?.kind === "start" ? start : undefined }
})
