import * as Effect from "effect/Effect"
import { isForTheRun } from "../../actor/history/continuation.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, parseAddress, placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { adoptedOrder, readWholeRun } from "../reading/wholeRun.ts"
import { RunTable, type StoredRun } from "../runTable.ts"
import { type Newest, newestFrom } from "./newest.ts"
import { homeMark } from "./nextGeneration.ts"

/** Rows that a generation left behind without having adopted them, and that are for the run. */
export const leftBehind = (head: Head, stored: StoredRun): ReadonlyArray<Message> => {
  const rows = stored.messages.filter((row) => isForTheRun(messageKey(row)))
  if (rows.length === 0) return rows
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return rows.filter((row) => !adopted.has(messageKey(row)))
}

/**
 * Brings a row to the newest generation from one that was over when it came. Whoever does so, and however often, the run has the row once:
 *
 * - to the very next generation it is simply put, if absent; from there that one sees to it;
 * - to a later one, of which there may be more by the time that another looks, it goes by way of its home mark, which is set once for all
 *   who come from here.
 *
 * Answers with the address at which it is.
 */
export const forward = Effect.fnUntraced(function* (address: string, row: Message, newest: Newest) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(address)
  const key = messageKey(row)
  const last = parseAddress(newest.address).generation
  const next = addressOf(runId, generation + 1)
  if (last > generation + 1) {
    if ((yield* table.readMessage(next, key)) !== undefined) return next
    const home = yield* table.raiseMark(runId, homeMark(key), { to: last, above: generation })
    yield* table.put(addressOf(runId, home), row)
    return addressOf(runId, home)
  }
  yield* table.put(next, row)
  return next
})

/** All of a generation's rows that it has left behind, in the order in which they came. */
export const forwardAll = Effect.fnUntraced(function* (address: string, head: Head, rows: ReadonlyArray<Message>) {
  if (rows.length === 0) return
  const newest = yield* newestFrom({ address, head })
  for (const row of rows) {
    yield* Effect.catchTag(forward(address, row, newest), "StoreRefused", ({ message }) =>
      Effect.logError(`${messageKey(row)} does not reach run ${placeOfAddress(newest.address)}: ${message}`)
    )
  }
})

/**
 * Before something is sent to a generation: what the same sender had sent to an earlier one is there, unless that one has adopted it. The
 * doorbell that would bring it may still be under way, and would come too late.
 */
export const bringForward = Effect.fnUntraced(function* (from: string, keys: ReadonlyArray<string>, newest: Newest) {
  for (const key of keys) yield* bringOne(from, key, newest)
})

const bringOne = Effect.fnUntraced(function* (from: string, key: string, newest: Newest) {
  const table = yield* RunTable
  const last = parseAddress(newest.address).generation
  for (let address = from; parseAddress(address).generation < last; ) {
    const row = yield* table.readMessage(address, key)
    if (row === undefined) return
    if (yield* isAdopted(address, key)) {
      // Unread, it was carried over: then it may have been left behind further on.
      const { runId, generation } = parseAddress(address)
      address = addressOf(runId, generation + 1)
    } else address = yield* forward(address, row, newest)
  }
})

/** Of a generation that is over. */
const isAdopted = Effect.fnUntraced(function* (address: string, key: string) {
  const table = yield* RunTable
  const head = yield* table.readHead(address)
  if (head === undefined) return false
  if (head.tail.some((entry) => adoptedKey(entry) === key)) return true
  if (head.segments === 0) return false
  return adoptedOrder(head, yield* readWholeRun(address))
    .map(adoptedKey)
    .includes(key)
})
