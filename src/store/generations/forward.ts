import * as Effect from "effect/Effect"
import { isForTheRun } from "../../actor/history/continuation.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, nextAddress, parseAddress, placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey, previousOf } from "../../actor/history/message.ts"
import { byArrival } from "../reading/byArrival.ts"
import { adoptedOrder, readWholeRun } from "../reading/wholeRun.ts"
import { RunTable } from "../runTable.ts"
import { type Newest, newestFrom } from "./newest.ts"
import { homeMark, raiseAsked } from "./nextGeneration.ts"

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
    return yield* bring(addressOf(runId, home), row)
  }
  return yield* bring(next, row)
})

const bring = Effect.fnUntraced(function* (address: string, row: Message) {
  yield* (yield* RunTable).put(address, row)
  if (row.kind === "restart") yield* raiseAsked(address)
  return address
})

/** All of a generation's rows that it has left behind, in their order: nothing is there before what it was sent behind. */
export const forwardAll = Effect.fnUntraced(function* (address: string, head: Head, rows: ReadonlyArray<Message>) {
  if (rows.length === 0) return
  const newest = yield* newestFrom({ address, head })
  for (const row of byArrival(rows)) {
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
  const table = yield* RunTable
  const last = parseAddress(newest.address).generation
  let sought: ReadonlyArray<string> = keys
  for (
    let address = from;
    sought.length > 0 && parseAddress(address).generation < last;
    address = nextAddress(address)
  ) {
    const left = yield* leftOf(address, sought)
    for (const row of byArrival(left)) yield* forward(address, row, newest)
    // What was adopted unread was carried over, and may have been left behind by the generation after.
    const there: Array<string> = []
    for (const key of sought) {
      const isNext = (yield* table.readMessage(nextAddress(address), key)) !== undefined
      // One that is not here was sent to a later one.
      if (isNext || (yield* table.readMessage(address, key)) === undefined) there.push(key)
    }
    sought = there
  }
})

/** A row that the generation before has left behind, brought to this one. Undefined: there is none, or it was adopted there. */
export const bringLeft = Effect.fnUntraced(function* (address: string, key: string) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(address)
  const before = addressOf(runId, generation - 1)
  const row = yield* table.readMessage(before, key)
  // The key of a cancellation is that of others as well.
  if (row === undefined || row.kind === "cancel" || !isForTheRun(key) || (yield* isAdopted(before, key)))
    return undefined
  yield* bring(address, row)
  return row
})

/**
 * What a cancellation was sent behind that a start before this one has, and behind which a row of that key was sent. One that came to a run that is to go
 * on from an earlier message is over with it, and what came before it is not.
 */
export const behindEarlierCancel = Effect.fnUntraced(function* (address: string, key: string) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(address)
  for (let number = generation - 1; number >= 0; number--) {
    const earlier = addressOf(runId, number)
    const cancel = yield* table.readMessage(earlier, "cancel")
    if (cancel !== undefined) return previousOf(cancel)
    if ((yield* table.readMessage(earlier, key)) === undefined) return []
  }
  return []
})

/** Of these rows, and of those that they were sent behind, the ones that a generation has not adopted. */
const leftOf = Effect.fnUntraced(function* (address: string, keys: ReadonlyArray<string>) {
  const table = yield* RunTable
  const left: Array<Message> = []
  const sought = [...keys]
  // Grows on the way.
  for (const [index, key] of sought.entries()) {
    if (sought.indexOf(key) < index) continue
    const row = yield* table.readMessage(address, key)
    if (row === undefined) continue
    const isOver = yield* isAdopted(address, key)
    if (!isOver) left.push(row)
    // It may be over before its turn: see above.
    if (!isOver || key === "cancel") sought.push(...previousOf(row))
  }
  return left
})

/** Of a generation that is over. */
export const isAdopted = Effect.fnUntraced(function* (address: string, key: string) {
  const table = yield* RunTable
  const head = yield* table.readHead(address)
  if (head === undefined) return false
  if (head.tail.some((entry) => adoptedKey(entry) === key)) return true
  if (head.segments === 0) return false
  return adoptedOrder(head, yield* readWholeRun(address))
    .map(adoptedKey)
    .includes(key)
})
