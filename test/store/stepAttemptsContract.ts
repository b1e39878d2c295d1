import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { RunEraser } from "../../src/store/deletion/runEraser.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { newHead, newRunId, startMessage, stepRequest } from "./samples.ts"
import { eventually, useStore } from "./useStore.ts"

const hourMs = 3_600_000

type Ports = RunEraser | RunTable | StepQueue

const received = Effect.fnUntraced(function* (runId: string) {
  const queue = yield* StepQueue
  return yield* eventually(
    `the message of run ${runId}`,
    Effect.map(queue.receive({ limit: 1, waitMs: 1_000, visibilityMs: 30_000 }), ([delivery]) => delivery)
  )
})

/** What a store keeps of attempts for people, whose queue is seen by receivers alone: see `RunTable.stepRetries`. */
export const stepAttemptsContract = (name: string, layer: Layer.Layer<Ports, unknown>): void => {
  describe(`attempts of steps: ${name}`, () => {
    const { run, runOnAnother } = useStore(layer)

    const retriesOf = Effect.fnUntraced(function* (runId: string) {
      return yield* (yield* RunTable).stepRetries(runId)
    })

    const failsOnce = Effect.fnUntraced(function* (runId: string, key: string) {
      const queue = yield* StepQueue
      yield* queue.send([stepRequest(runId, key)])
      const delivery = yield* received(runId)
      const notBefore = (yield* Clock.currentTimeMillis) + hourMs
      const next = stepRequest(runId, key, { attempt: 2, lastError: "Busy, für immer ...", notBefore })
      yield* queue.replace(delivery, next)
      return { key, attempt: 2, lastError: "Busy, für immer ...", notBefore }
    })

    it("others are told of one that has failed, and of the next, and nothing where a step is through at once", async () => {
      const runId = newRunId()
      const failed = await run(failsOnce(runId, "a:%2F ~1"))
      await run(
        Effect.gen(function* () {
          const queue = yield* StepQueue
          yield* queue.send([stepRequest(runId, "b#0")])
          yield* queue.complete([yield* received(runId)])
        })
      )
      expect(await runOnAnother(retriesOf(runId))).toEqual([failed])
      expect(await run(retriesOf(runId))).toEqual([failed])
      expect(await run(retriesOf(newRunId()))).toEqual([])
    })

    it("a message that comes back as it was is noted nowhere", () =>
      run(
        Effect.gen(function* () {
          const queue = yield* StepQueue
          const runId = newRunId()
          yield* queue.send([stepRequest(runId, "a#0")])
          const delivery = yield* received(runId)
          yield* queue.replace(delivery, {
            ...delivery.message,
            notBefore: (yield* Clock.currentTimeMillis) + hourMs
          })
          expect(yield* retriesOf(runId)).toEqual([])
        })
      ))

    it("who reads the run does not see it, and who deletes the run deletes it", () =>
      run(
        Effect.gen(function* () {
          const table = yield* RunTable
          const runId = newRunId()
          yield* table.put(runId, startMessage())
          yield* table.commitHead(runId, newHead())
          const before = yield* table.readRun(runId)
          yield* failsOnce(runId, "a#0")
          expect(yield* table.readRun(runId)).toEqual(before)
          expect(yield* retriesOf(runId)).toHaveLength(1)
          yield* (yield* RunEraser).erase({ runId, generation: 0, streams: [] })
          expect(yield* retriesOf(runId)).toEqual([])
        })
      ))
  })
}
