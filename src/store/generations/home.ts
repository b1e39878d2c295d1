import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Message } from "../../actor/history/message.ts"
import { fingerprintText } from "../../actor/values/json.ts"
import { RunTable } from "../runTable.ts"
import { homeMark } from "./nextGeneration.ts"

/** Where a signal that may have been sent before is, or is to be put. */
export type Home = { readonly there: Message } | { readonly address: string }

/**
 * A signal that may have been sent before (its sender has named it, or sends again what it may have sent) has one home among the generations of
 * a run, so that none receives what an earlier one has received: the first one if it is there, and otherwise that which its home mark
 * names, set once. `newest` was found before this is asked.
 */
export const homeOf = Effect.fnUntraced(function* (newest: string, key: string) {
  const { runId, generation } = parseAddress(newest)
  if (generation === 0) return { address: runId } satisfies Home as Home
  const table = yield* RunTable
  const there = yield* table.readMessage(runId, key)
  if (there !== undefined) return { there } satisfies Home
  const home = yield* table.raiseMark(runId, homeMark(key), { to: generation, above: -1 })
  return { address: addressOf(runId, home) } satisfies Home
})

/**
 * Nobody receives a signal that a run has sent to one that is over, and that stays so, though the receiver may be started once more while the sender's turn
 * is taken again: what was sent behind it may have come to that one by then. `from`: the sender. Undefined: it is dropped. Otherwise it was sent before
 * that end, and this is its home.
 */
export const homeUnlessDropped = Effect.fnUntraced(function* (runId: string, key: string, from: string) {
  const table = yield* RunTable
  const there = yield* table.readMessage(runId, key)
  if (there !== undefined) return { there } satisfies Home as Home
  return yield* marked(runId, key, from, droppedBy(from))
})

/** As `homeOf`, for what a run has sent: undefined if it was dropped. */
export const homeOfSent = Effect.fnUntraced(function* (newest: string, key: string, from: string) {
  const { runId, generation } = parseAddress(newest)
  if (generation === 0) return { address: runId } satisfies Home as Home
  const there = yield* (yield* RunTable).readMessage(runId, key)
  if (there !== undefined) return { there } satisfies Home as Home
  return yield* marked(runId, key, from, generation)
})

const marked = Effect.fnUntraced(function* (runId: string, key: string, from: string, to: number) {
  const table = yield* RunTable
  const first = yield* table.raiseMark(runId, homeMark(key), { to, above: Number.MIN_SAFE_INTEGER })
  // Another's of the same id, which that one had given it.
  const isOthers = first < 0 && first !== droppedBy(from)
  const home = isOthers ? yield* table.raiseMark(runId, homeMark(key), { to, above: -1 }) : first
  return home < 0 ? undefined : ({ address: addressOf(runId, home) } satisfies Home as Home)
})

/** No generation, and one number for each sender: two that give the same id to what they send do not know of each other. */
const droppedBy = (from: string): number => -1 - Number.parseInt(fingerprintText(from).slice(-8), 36)

/**
 * The same for a request to start once more. The first generation is marked as well: one that is over still takes requests until it goes on, while
 * who has seen that another is to come already sends to that one.
 */
export const homeOfRestart = Effect.fnUntraced(function* (newest: string, key: string) {
  const { runId, generation } = parseAddress(newest)
  if (generation > 0) return yield* homeOf(newest, key)
  const home = yield* (yield* RunTable).raiseMark(runId, homeMark(key), { to: generation, above: -1 })
  return { address: addressOf(runId, home) } satisfies Home as Home
})
