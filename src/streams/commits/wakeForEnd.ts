import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { hasUnsettled } from "../../actor/history/output/emitted.ts"
import { StepQueue } from "../../store/stepQueue.ts"

/**
 * Before a commit that ends a run, or a generation of it, in a turn that nobody would ask for again: a wake-up that comes when the commit stands. No
 * listing shows a run that has ended to the sweeper, and should this process die over what follows the commit, nobody else would put it: the start
 * of the next generation, what was sent to others, what a body has emitted.
 */
export const wakeForEnd = Effect.fnUntraced(function* (runId: string, head: Head, at: number) {
  if (head.outcome === undefined) return
  if (!head.notices && head.replies === undefined && !hasUnsettled(head.emitted)) return
  const queue = yield* StepQueue
  yield* Effect.catchTag(
    queue.send([{ kind: "wake", runId, notBefore: at + afterMs }]),
    "StoreRefused",
    ({ message }) => Effect.logError(`run ${placeOfAddress(runId)} ends without a wake-up: ${message}`)
  )
})

/** By then the turn is mostly over, and the wake-up finds that nothing is left to do. */
const afterMs = 30_000
