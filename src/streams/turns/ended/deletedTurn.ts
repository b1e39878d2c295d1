import * as Effect from "effect/Effect"
import { runIdOf } from "../../../actor/history/generation.ts"
import { currentMillis } from "../../../store/currentMillis.ts"
import { noteLate } from "../../../store/deletion/finishDeletion.ts"
import { StepQueue } from "../../../store/stepQueue.ts"
import type { DeletedRun } from "../loadRun.ts"
import type { Work } from "../work.ts"
import { settleFinished } from "./finishedTurn.ts"

/**
 * What comes for a run that was deleted is for nobody: rows in hand are put nowhere. Such as are there already go with the next pass of a purge, which is
 * told of them.
 */
export const deletedTurn = Effect.fnUntraced(function* (address: string, run: DeletedRun, work: Work) {
  if (run.isUndecided) {
    // If it is not to be deleted after all, what has rung it is not lost.
    const queue = yield* StepQueue
    const wake = { kind: "wake", runId: address, notBefore: (yield* currentMillis) + pauseMs } as const
    yield* Effect.catchTag(queue.send([wake]), "StoreRefused", ({ message }) => Effect.logError(message))
  } else if (run.isLate || work.rows.length > 0) yield* noteLate(runIdOf(address), run.generation)
  work.rows = []
  return yield* settleFinished(work)
})

const pauseMs = 30_000
