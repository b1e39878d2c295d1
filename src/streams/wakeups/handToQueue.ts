import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { RunTable } from "../../store/runTable.ts"
import { StepQueue } from "../../store/stepQueue.ts"
import { Runs } from "../turns/runs.ts"

/**
 * Hands a run that takes long over to whoever works on the step queue, by a wake-up: others are not to wait with it, and a message that is received
 * too often ends as a dead letter. Only if the store answers, as otherwise it is the store that the run waits for. Answers whether the run is seen
 * to. `key`: of the row to look at; undefined: all.
 */
export const handToQueue = Effect.fnUntraced(
  function* (runId: string, key: string | undefined, says: string) {
    const table = yield* RunTable
    const queue = yield* StepQueue
    const runs = yield* Runs
    const { head } = yield* table.readRun(runId)
    const notBefore = yield* Clock.currentTimeMillis
    const wake = { kind: "wake", runId, ...(key === undefined ? {} : { key }), notBefore } as const
    const refused = yield* Effect.flip(queue.send([wake])).pipe(Effect.option)
    if (Option.isNone(refused)) {
      yield* Effect.logWarning(says)
      return true
    }
    if (refused.value._tag === "StoreUnavailable") return yield* refused.value
    yield* Effect.logError(`run ${placeOfAddress(runId)} cannot be handed to the step queue: ${refused.value.message}`)
    // A run with a head is found by the sweeper. Of one without, nobody but who asks here knows: parked, it has one.
    if (head === undefined) yield* runs.park(runId, refused.value)
    return true
  },
  Effect.catch(() => Effect.succeed(false))
)
