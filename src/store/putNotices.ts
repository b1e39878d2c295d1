import * as Effect from "effect/Effect"
import type { Message } from "../actor/history/message.ts"
import type { Notice, NoticeConflict } from "./commits.ts"
import { isJudged, judgeNotice, type Receiver } from "./judgeNotice.ts"
import { sameContent } from "./reading/sameMessage.ts"
import type { RunTable } from "./runTable.ts"

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
    const verdict = judgeNotice(from, notice, yield* receiverOf(table, notice.runId))
    if (verdict === "drop") return none
    if (verdict !== "put") {
      if ("dropped" in verdict) return [{ notice, dropped: verdict.dropped }]
      return yield* putRow(table, { runId: from, message: verdict.answer })
    }
  }
  return yield* putRow(table, notice)
})

const none: ReadonlyArray<NoticeConflict> = []

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

const receiverOf = Effect.fnUntraced(function* (table: Table, runId: string) {
  const head = yield* table.readHead(runId)
  if (head !== undefined) return { head, start: undefined } satisfies Receiver
  const start: Message | undefined = yield* table.readMessage(runId, "start")
  return { head, start: start?.kind === "start" ? start : undefined } satisfies Receiver
})
