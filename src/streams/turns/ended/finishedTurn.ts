import * as Effect from "effect/Effect"
import { isForRuntime, isForTheRun } from "../../../actor/history/continuation.ts"
import { placeOfAddress } from "../../../actor/history/generation.ts"
import { StepQueue } from "../../../store/stepQueue.ts"
import { conclude } from "../../commits/conclude.ts"
import { tellOthers } from "../finishedRun.ts"
import type { FinishedRun } from "../loadRun.ts"
import type { TurnOptions, Work } from "../work.ts"

/** What a run that has ended owes to others, and the start that it was asked for. */
export const finishedTurn = Effect.fnUntraced(
  function* (runId: string, loaded: FinishedRun, work: Work, options: TurnOptions) {
    yield* tellOthers(runId, loaded, options)
    const head = yield* conclude(runId, loaded.head, loaded.stored, work)
    if (head === "again") return head
    options.warm.finish(runId)
    options.underWay?.stopUnwanted(runId, () => false)
    return yield* settleFinished(work)
  },
  (turn, runId, { head }, work) =>
    // Nobody parks a run that has ended.
    Effect.catchTag(turn, "StoreRefused", ({ message }) =>
      Effect.andThen(
        Effect.logError(
          `run ${placeOfAddress(runId)} has ended (${head.status}), and what is still to be done about it is refused: ${message}. It is tried again with the next message for the run, and on DynamoDB by a look through the whole table (docs/deploy.md)`
        ),
        settleFinished(work)
      )
    )
)

/**
 * Whoever asks a run that has ended is to be told, whatever this process knows of it; what is for a run that has gone on is to be brought there, and it
 * may have been asked to start once more since: by a request that stands before this row, and whose turn has not seen it.
 */
export const isStillForIt = ({ doorbells, lookAtAll }: Work): boolean =>
  // A start of one that is over: the run was deleted since, and is another one now.
  lookAtAll || doorbells.includes("start") || doorbells.some(isForTheRun) || doorbells.some(isForRuntime)

/** Nobody will read these rows: the run is over (S6). */
export const settleFinished = Effect.fnUntraced(function* (work: Work) {
  const queue = yield* StepQueue
  if (work.done.length > 0) yield* queue.complete(work.done)
  return "settled" as const
})
