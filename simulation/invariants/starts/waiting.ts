import { type OrderEntry, readEntry } from "../../../src/actor/history/entry.ts"
import { nextAddress } from "../../../src/actor/history/generation.ts"
import { type Message, messageKey, type RestartMessage } from "../../../src/actor/history/message.ts"
import { byArrival } from "../../../src/store/reading/byArrival.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"

export interface AdoptedRestart {
  readonly row: RestartMessage
  readonly entry: OrderEntry
}

/** Requests to start once more that a generation has adopted, in its order. */
export const adoptedRestarts = (table: SimulatedTable, address: string): ReadonlyArray<AdoptedRestart> => {
  const head = table.head(address)
  if (head === undefined) return []
  return adoptedOrder(head, { segments: table.segments(address) }).flatMap((text) => {
    const entry = readEntry(text)
    const row = table.row(address, entry.key)
    return row?.kind === "restart" ? [{ row, entry }] : []
  })
}

/** Those that it goes on with and has not adopted: they came behind all that it has, and after its end. */
export const carriedRestarts = (table: SimulatedTable, address: string): ReadonlyArray<RestartMessage> => {
  const adopted = new Set(adoptedRestarts(table, address).map(({ row }) => row.id))
  const next = nextAddress(address)
  const isCarried = (row: Message): row is RestartMessage =>
    row.kind === "restart" && !adopted.has(row.id) && table.row(next, messageKey(row)) !== undefined
  return byArrival([...table.rows(address)].filter(isCarried)).filter(isCarried)
}

/** Those whose turn it is when this generation is over, in their order: a `replace` leaves none before it, a `debounce` no other one. */
export const waitingOf = (adopted: ReadonlyArray<RestartMessage>): ReadonlyArray<RestartMessage> => {
  let waiting: ReadonlyArray<RestartMessage> = []
  for (const row of adopted) {
    if (row.policy === "replace") waiting = [row]
    else waiting = [...waiting.filter((one) => row.policy !== "debounce" || one.policy !== "debounce"), row]
  }
  return waiting
}

/** By `debounce`: those whose place this one has taken, and itself. Adopted in one generation. */
export const windowOf = (
  adopted: ReadonlyArray<RestartMessage>,
  last: RestartMessage
): ReadonlyArray<RestartMessage> => {
  const behind = adopted.slice(0, adopted.indexOf(last) + 1)
  const first = behind.findLastIndex(({ policy }) => policy === "replace") + 1
  return behind.slice(first).filter(({ policy }) => policy === "debounce")
}
