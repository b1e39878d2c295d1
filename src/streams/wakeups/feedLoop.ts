import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { ChangeFeed, type Doorbell, type FeedBatch, type FeedGap } from "../../store/changeFeed.ts"
import { backoffMs } from "../fairness/backoff.ts"
import { inPlace } from "../fairness/place.ts"
import { Runs } from "../turns/runs.ts"
import { closeGap } from "./lookThrough.ts"

/**
 * Reads the change feed and rings. Batches are worked on side by side and acknowledged in their order: one slow run delays
 * the checkpoint, not the other runs (L4). So what is bounded is the number of doorbells that are not seen to, not that of
 * batches behind the slow one.
 */
export const feedLoop = Effect.fnUntraced(function* ({ doorbellsUnderWay }: { readonly doorbellsUnderWay: number }) {
  const feed = yield* ChangeFeed
  const acknowledgements = yield* Queue.unbounded<Effect.Effect<void>>()
  const batchSize = Math.min(largestBatch, doorbellsUnderWay)
  const room = yield* Semaphore.make(doorbellsUnderWay)
  yield* Effect.forkChild(Effect.forever(Effect.flatten(Queue.take(acknowledgements))))
  const gaps = yield* Queue.unbounded<FeedGap>()
  yield* Effect.forkChild(Effect.forever(Effect.flatMap(Queue.take(gaps), tryToClose)))
  for (let failures = 0; ; ) {
    const batch = yield* Effect.result(feed.poll({ limit: batchSize, waitMs: 10_000 }))
    if (batch._tag === "Failure") {
      failures++
      yield* Effect.logWarning(`the change feed is away: ${batch.failure.message}`)
      yield* Effect.sleep(yield* backoffMs(failures, 100, 5_000))
      continue
    }
    failures = 0
    if (batch.success.gap !== undefined) yield* Queue.offer(gaps, batch.success.gap)
    if (batch.success.doorbells.length === 0) continue
    yield* room.take(batch.success.doorbells.length)
    const rung = yield* Effect.forkChild(ringAll(batch.success.doorbells, room))
    yield* Queue.offer(
      acknowledgements,
      acknowledge(
        rung.pipe((fiber) => awaitFiber(fiber)),
        batch.success
      )
    )
  }
})

const tryToClose = (gap: FeedGap) =>
  Effect.catchCause(closeGap(gap), (cause) =>
    Effect.logWarning("the look through the table was not brought to its end; it is taken up again", cause)
  )

const awaitFiber = (fiber: { readonly addObserver: (f: (exit: unknown) => void) => () => void }): Effect.Effect<void> =>
  Effect.callback((resume) => {
    fiber.addObserver(() => resume(Effect.void))
  })

const acknowledge = (rung: Effect.Effect<void>, batch: FeedBatch): Effect.Effect<void> =>
  Effect.andThen(
    rung,
    Effect.catchCause(batch.acknowledge, (cause) =>
      Effect.logWarning("doorbells were not acknowledged, they ring again", cause)
    )
  )

const largestBatch = 1_000

const ringAll = Effect.fnUntraced(function* (doorbells: ReadonlyArray<Doorbell>, room: Semaphore.Semaphore) {
  const runs = yield* Runs
  const byRun = new Map<string, Array<string>>()
  for (const { runId, key } of doorbells) {
    const keys = byRun.get(runId)
    if (keys === undefined) byRun.set(runId, [key])
    else keys.push(key)
  }
  // Most batches have room for all.
  const places = byRun.size > ringsUnderWay ? yield* Semaphore.make(ringsUnderWay) : undefined
  const ring = (runId: string, keys: ReadonlyArray<string>) =>
    places === undefined ? runs.ring(runId, keys) : inPlace(places, runs.ring(runId, keys))
  yield* Effect.forEach(
    byRun,
    ([runId, keys]) =>
      Effect.catchCause(ring(runId, keys), (cause) =>
        Effect.logWarning(`run ${placeOfAddress(runId)} was not turned; the sweeper comes back to it`, cause)
      ).pipe(Effect.ensuring(room.release(keys.length))),
    { concurrency: "unbounded", discard: true }
  )
})

/** The doorbells of one batch that are being worked on. Those that wait for a store do not count, so that others get their turn. */
const ringsUnderWay = 256
