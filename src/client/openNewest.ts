import * as Effect from "effect/Effect"
import { runGone } from "../store/deletion/gone.ts"
import { findNewest, type Newest } from "../store/generations/newest.ts"
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
