import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { type Delivery, StepQueue } from "../../store/stepQueue.ts"
import { backoffMs } from "../fairness/backoff.ts"
import { unlessItWaits } from "../fairness/place.ts"
import { handleDeadLetter, type StepWorkerOptions } from "./stepWorker.ts"

/** Dead letters become typed failures of their steps. Until interrupted. */
export const deadLetterLoop = Effect.fnUntraced(function* (options: StepWorkerOptions) {
  const queue = yield* StepQueue
  for (let failures = 0; ; ) {
    const result = yield* Effect.result(
      Effect.flatMap(queue.receiveDead({ limit: 10, waitMs: 10_000, visibilityMs: 30_000 }), (deliveries) =>
        Effect.as(
          Effect.forEach(deliveries, (delivery) => handleOne(delivery, options), {
            concurrency: "unbounded",
            discard: true
          }),
          deliveries.length
        )
      )
    )
    if (result._tag === "Failure") {
      failures++
      yield* Effect.logWarning(`dead letters wait: ${result.failure.message}`)
      yield* Effect.sleep(yield* backoffMs(failures, 100, 5_000))
    } else {
      failures = 0
      if (result.success === 0) yield* Effect.sleep(idleMs)
    }
  }
})

/** One whose run cannot be told, or waits for the store, comes again, and holds up no other. */
const handleOne = (delivery: Delivery, options: StepWorkerOptions) => {
  const { runId } = delivery.message
  return unlessItWaits(handleDeadLetter(delivery, options)).pipe(
    Effect.andThen((isHandled) =>
      isHandled
        ? Effect.void
        : Effect.logWarning(`run ${placeOfAddress(runId)} waits for the store, and is told of a dead letter later`)
    ),
    Effect.catch(({ message }) =>
      Effect.logError(`run ${placeOfAddress(runId)} cannot be told of a dead letter: ${message}`)
    )
  )
}

/** Dead letters are rare and in no hurry. */
const idleMs = 500
