import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { RunTable } from "../runTable.ts"
import type { Newest } from "./newest.ts"
import { askedMark, raiseAsked } from "./nextGeneration.ts"

// A run may be started more than once under its id, each time when it is over: a start is one or more generations, of which the first gives it
// its number.

/** The number of the start that a generation is of. */
export const startOf = Effect.fnUntraced(function* ({ address, deleted, head }: Newest) {
  // A deletion may be taken back yet.
  const last = head ?? deleted
  if (last !== undefined) return last.since ?? 0
  const table = yield* RunTable
  const row = yield* table.readMessage(address, "start")
  if (row?.kind === "start") return row.continues?.since ?? 0
  // It is about to be begun, by the last commit of the one before.
  const { generation, runId } = parseAddress(address)
  if (generation === 0) return 0
  const before = yield* table.readHead(addressOf(runId, generation - 1))
  return before?.concluded === undefined ? (before?.since ?? 0) : generation
})

/** The head with which the start before that of a generation ended. Undefined: there was none. */
export const endedBefore = Effect.fnUntraced(function* (newest: Newest) {
  const start = yield* startOf(newest)
  if (start === 0) return undefined
  const table = yield* RunTable
  return yield* table.readHead(addressOf(parseAddress(newest.address).runId, start - 1))
})

/** The last head of a start that is over; undefined: it is the one that runs, or has been the last. */
export const endOfStart = Effect.fnUntraced(function* (newest: Newest, number: number) {
  const { runId } = parseAddress(newest.address)
  for (let current = newest; ; ) {
    const start = yield* startOf(current)
    if (start <= number) return current === newest ? undefined : current
    const address = addressOf(runId, start - 1)
    current = { address, head: yield* (yield* RunTable).readHead(address) }
  }
})

/** `key`: of the request. Whoever is late finds a run that has begun and ended by it since: then no other is to come. */
export const noteAsked = Effect.fnUntraced(function* ({ address }: Pick<Newest, "address">, key: string) {
  if ((yield* (yield* RunTable).readMessage(address, key)) !== undefined) yield* raiseAsked(address)
})

/** Where what is sent to a run goes: to the generation to come, if that was asked for and nobody has begun it yet. */
export const toBegin = Effect.fnUntraced(function* (newest: Newest) {
  const { address, head } = newest
  if (head === undefined || !isTerminal(head.status)) return newest
  const table = yield* RunTable
  const { generation, runId } = parseAddress(address)
  const asked = (yield* table.readMark(runId, askedMark)) ?? 0
  return asked > generation ? ({ address: addressOf(runId, generation + 1), head: undefined } satisfies Newest) : newest
})
