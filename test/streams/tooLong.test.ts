import { expect, it } from "vitest"
import type { Actor } from "../../src/actor/actor.ts"
import { maxMessages } from "../../src/actor/history/head.ts"
import { tooLong } from "../../src/streams/turns/limits/tooLong.ts"

interface Looks {
  readonly messages: number
  readonly openBytes?: number
  readonly isOver?: boolean
  readonly isCancelled?: boolean
}

/** As far as its length is looked at. */
const actorOf = ({ isCancelled = false, isOver = false, messages, openBytes = 0 }: Looks) =>
  ({
    outcome: isOver ? { tag: "succeeded", payload: { json: "1" } } : undefined,
    order: { length: messages },
    hasAdopted: (key: string) => isCancelled && key === "cancel",
    restarts: { isReplaced: false },
    ledger: { openBytes: () => openBytes, openCount: 7 }
  }) as unknown as Actor

it("a run whose history is full is parked, and may be cancelled still", () => {
  expect(tooLong(actorOf({ messages: maxMessages - 1 }))).toBeUndefined()
  expect(tooLong(actorOf({ messages: maxMessages }))).toMatchObject({ messages: maxMessages, endsByCancel: true })
  expect(tooLong(actorOf({ messages: maxMessages, isCancelled: true }))).toBeUndefined()
  const cancelled = tooLong(actorOf({ messages: maxMessages * 1.2, isCancelled: true }))
  expect(cancelled).toMatchObject({ _tag: "HistoryTooLong" })
  expect(cancelled).not.toHaveProperty("endsByCancel")
})

it("a run with more open at once than its head can hold is parked", () => {
  expect(tooLong(actorOf({ messages: 10, openBytes: 256 * 1024 }))).toBeUndefined()
  expect(tooLong(actorOf({ messages: 10, openBytes: 256 * 1024 + 1 }))?.message).toContain("7 commands open at once")
})

it("a run that has ended is not, however long it was and whatever it has left open", () => {
  for (const messages of [maxMessages, 2 * maxMessages])
    expect(tooLong(actorOf({ messages, openBytes: 1_000_000, isOver: true }))).toBeUndefined()
})
