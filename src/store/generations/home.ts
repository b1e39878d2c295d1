import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Message } from "../../actor/history/message.ts"
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
 * The same for a request to start once more. The first generation is marked as well: one that is over still takes requests until it goes on, while
 * who has seen that another is to come already sends to that one.
 */
export const homeOfRestart = Effect.fnUntraced(function* (newest: string, key: string) {
  const { runId, generation } = parseAddress(newest)
  if (generation > 0) return yield* homeOf(newest, key)
  const home = yield* (yield* RunTable).raiseMark(runId, homeMark(key), { to: generation, above: -1 })
  return { address: addressOf(runId, home) } satisfies Home as Home
})
