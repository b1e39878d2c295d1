import * as Effect from "effect/Effect"
import { runGone } from "../store/deletion/gone.ts"
import { findNewest, type Newest, newestFrom } from "../store/generations/newest.ts"
import { RunTable } from "../store/runTable.ts"

/** The generation that a run is in. `RunNotFound`: nobody has started such a run. */
export const openNewest = Effect.fnUntraced(function* (runId: string) {
  const table = yield* RunTable
  const newest: Newest = yield* findNewest(runId)
  // Of a later generation the one before it is the proof.
  const isKnown = newest.head !== undefined || newest.address !== runId
  if (isKnown) return newest
  const start = yield* table.readMessage(runId, "start")
  if (start?.kind !== "start" || newest.deleted !== undefined) return yield* runGone(runId, start, newest.deleted)
  return newest
})

/** Whoever waits looks again. `RunNotFound`: the run was deleted meanwhile, and nothing ever comes of it. */
export const lookAgain = Effect.fnUntraced(function* (runId: string, before: Newest) {
  const table = yield* RunTable
  const { address } = before
  const now = yield* newestFrom({ address, head: yield* table.readHead(address) })
  const hasVanished = before.head !== undefined && now.head === undefined && now.address === address
  return now.deleted === undefined && !hasVanished ? now : yield* unlessDecided(runId, now)
})

/** A deletion may be taken back as long as no tombstone stands. */
export const unlessDecided = Effect.fnUntraced(function* (runId: string, newest: Newest) {
  const start = yield* (yield* RunTable).readMessage(runId, "start")
  if (start?.kind === "start" && newest.deleted !== undefined) return newest
  return yield* runGone(runId, start?.kind === "start" ? undefined : start, newest.deleted)
})
