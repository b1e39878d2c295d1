import * as Effect from "effect/Effect"
import { adoptedKey } from "../../actor/history/entry.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { RunTable, type StoredRun } from "../runTable.ts"

/** The whole order: spilled segments, then the head's tail. */
export const adoptedOrder = (head: Head, stored: Pick<StoredRun, "segments">): ReadonlyArray<string> => [
  ...stored.segments.slice(0, head.segments).flat(),
  ...head.tail
]

/**
 * A run with all that its head stands on.
 *
 * Several items are no snapshot: while DynamoDB goes through a partition, a turn may put rows into the part that was read already,
 * and then a head into the part that was not. Such an answer lacks rows that the head has adopted, and would look like a run
 * whose rows are lost. Rows and segments are never changed nor deleted, and were put before their head. So whatever the head
 * names is there by the time that the head was read, and a strong read that begins afterwards finds it: what is missing
 * after that is really missing, and is left out of the answer.
 *
 * A parked head is the one that does not name all that it answers: the wake-up of a row that the run could not take is spent by it.
 * So the rows of a parked run are read after its head in any case.
 */
export const readWholeRun = Effect.fnUntraced(function* (runId: string) {
  const table = yield* RunTable
  const stored = yield* table.readRun(runId)
  const { head } = stored
  if (head === undefined) return stored
  const namesAll = head.status !== "parked" && hasSegments(head, stored)
  const lacking = namesAll ? missingKeys(head, stored) : undefined
  if (lacking?.length === 0) return stored
  if (lacking !== undefined && lacking.length <= mostFetched) {
    const found = yield* Effect.forEach(lacking, (key) => table.readMessage(runId, key), { concurrency: 8 })
    const rows = found.filter((row) => row !== undefined)
    return { ...stored, messages: inOrder([...stored.messages, ...rows]) } satisfies StoredRun
  }
  const again = yield* table.readRun(runId)
  const byKey = new Map([...again.messages, ...stored.messages].map((row) => [messageKey(row), row]))
  return {
    // The head of the first read: of a newer one rows may be missing again. A turn that stands on it is told when it commits.
    head,
    segments: hasSegments(head, again) ? again.segments : stored.segments,
    messages: inOrder([...byKey.values()])
  } satisfies StoredRun
})

/** More are read at once, with the rest of the partition. */
const mostFetched = 32

const hasSegments = (head: Head, { segments }: StoredRun): boolean => {
  for (let index = 0; index < head.segments; index++) if (segments[index] === undefined) return false
  return true
}

/** Of all that the head has adopted. */
const missingKeys = (head: Head, stored: StoredRun): ReadonlyArray<string> => {
  const there = new Set(stored.messages.map(messageKey))
  return adoptedOrder(head, stored)
    .map(adoptedKey)
    .filter((key) => !there.has(key))
}

/** As `readRun` has them. */
const inOrder = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  messages.toSorted((a, b) => a.at - b.at || (messageKey(a) < messageKey(b) ? -1 : 1))
