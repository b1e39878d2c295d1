import * as Effect from "effect/Effect"
import { type Continuation, carriedRows, nextStart } from "../../actor/history/continuation.ts"
import { nextAddress, parseAddress, placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { type Message, messageKey, traceOf } from "../../actor/history/message.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import type { NextGeneration } from "../commits.ts"
import { load } from "../payloads.ts"
import { byArrival } from "../reading/byArrival.ts"
import { RunTable, type StoredRun } from "../runTable.ts"
import { leftBehind } from "./leftBehind.ts"

/** The mark of a run that names its newest generation. Raised before that one's first row: it is never behind. */
export const newestMark = "newest"

/** The mark of a run that names the generation which is to come when what runs is over: it was asked to start once more. Raised behind the request. */
export const askedMark = "asked"

/** A request is in this generation. */
export const raiseAsked = Effect.fnUntraced(function* (address: string) {
  const table = yield* RunTable
  const { generation, runId } = parseAddress(address)
  yield* table.raiseMark(runId, askedMark, { to: generation + 1, above: generation })
})

/** The mark of a run that names the generation to which a signal was sent, by the key of its row. */
export const homeMark = (key: string): string => `home/${key}`

/**
 * What the last commit of a generation has to put, in this order: the mark, what is carried over, and then the start, so that the first
 * turn of the next generation finds all of it. Everything is put if absent, and the same whoever does it.
 */
export const putNext = Effect.fnUntraced(function* ({ address, rows }: NextGeneration) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(address)
  yield* table.raiseMark(runId, newestMark, { to: generation, above: generation - 1 })
  // Whoever had asked for the start was told that it is to come, and so it is, however this generation ends.
  if (rows.some(({ kind }) => kind === "restart")) yield* raiseAsked(address)
  for (const row of rows) {
    yield* Effect.catchTag(table.put(address, row), "StoreRefused", ({ message }) =>
      Effect.logError(`${messageKey(row)} does not reach run ${placeOfAddress(address)}: ${message}`)
    )
  }
})

export const continuationOf = (head: Pick<Head, "outcome">) =>
  head.outcome?.tag !== "continued"
    ? Effect.succeed(undefined)
    : Effect.map(load(head.outcome.payload), (payload) => fromPayload(payload) as unknown as Continuation)

/** What the last commit had to put, read from what is there. */
export const nextFromStored = Effect.fnUntraced(function* (address: string, head: Head, stored: StoredRun, at: number) {
  const continuation = yield* continuationOf(head)
  if (continuation === undefined) return undefined
  const byKey = new Map(stored.messages.map((message) => [messageKey(message), message]))
  const carried = continuation.carried.flatMap((key): ReadonlyArray<Message> => {
    const row = byKey.get(key)
    return row === undefined ? [] : [row]
  })
  const late = byArrival(leftBehind(head, stored))
  const start = byKey.get("start")
  const trace = start === undefined ? undefined : traceOf(start)
  const rows = [...carriedRows(carried), ...late, nextStart(address, continuation, head, at, trace)]
  return { address: nextAddress(address), rows } satisfies NextGeneration
})
