import * as Effect from "effect/Effect"
import { parseAddress } from "../../actor/history/generation.ts"
import { runGone } from "../deletion/gone.ts"
import { StoreUnavailable } from "../errors.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { RunTable } from "../runTable.ts"

/**
 * Whoever deletes a run looks, once its head says so, for what was promised to its start to come, and takes the deletion back then. So whoever promises looks for
 * the deletion behind its own write: one of the two sees the other. For as long as nobody can say whether the run is deleted, it is asked again. `RunNotFound`: it was.
 */
export const unlessDeleted = Effect.fnUntraced(function* <R>(
  operation: string,
  runId: string,
  find: Effect.Effect<Newest, StoreUnavailable, R>
) {
  for (let waitMs = 10; ; waitMs *= 2) {
    const newest = yield* find
    const isBegun = newest.head !== undefined || parseAddress(newest.address).generation === 0
    if (newest.deleted === undefined && isBegun) return newest
    const start = yield* (yield* RunTable).readMessage(runId, "start")
    if (start?.kind === "deleted") return yield* runGone(runId, start, newest.deleted)
    // A later generation has no turn yet while the first is there; where that is gone as well, so is the run, and no tombstone stands for it.
    if (newest.deleted === undefined) return start === undefined ? yield* runGone(runId) : newest
    if (waitMs > longestWaitMs)
      return yield* new StoreUnavailable({
        operation,
        message: `run ${runId} is being deleted at this moment, and nobody can say yet whether it will be: ask again`
      })
    yield* Effect.sleep(waitMs)
  }
})

/** The same for what is put for a start that was asked for, where that is another generation than the one that was found: the run may be deleted before it begins. */
export const unlessDeletedBefore = (operation: string, runId: string, found: Newest, toBegin: Newest) =>
  toBegin.address === found.address
    ? Effect.void
    : Effect.asVoid(unlessDeleted(operation, runId, findNewest(runId, parseAddress(found.address).generation)))

const longestWaitMs = 2_000
