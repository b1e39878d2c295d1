import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { Heartbeats } from "../../src/store/beside/heartbeats.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { epoch, newHead, newRunId, startMessage } from "./samples.ts"
import { useStore } from "./useStore.ts"

/** What every store of heartbeats keeps: see `src/store/beside/heartbeats.ts`. */
export const heartbeatsContract = (name: string, layer: Layer.Layer<Heartbeats | RunTable, unknown>): void => {
  describe(`Heartbeats: ${name}`, () => {
    const { run } = useStore(layer)

    it("knows the last one of each command of each run", () =>
      run(
        Effect.gen(function* () {
          const heartbeats = yield* Heartbeats
          const [one, other] = [newRunId(), newRunId()]
          expect(yield* heartbeats.last(one, "callback/a#0")).toBeUndefined()
          yield* heartbeats.beat(one, "callback/a#0", epoch)
          yield* heartbeats.beat(one, "callback/a#0", epoch + 1_000)
          yield* heartbeats.beat(one, "callback/a:ü/#@", epoch + 7)
          yield* heartbeats.beat(other, "callback/a#0", epoch + 9)
          expect(yield* heartbeats.last(one, "callback/a#0")).toBe(epoch + 1_000)
          expect(yield* heartbeats.last(one, "callback/a:ü/#@")).toBe(epoch + 7)
          expect(yield* heartbeats.last(other, "callback/a#0")).toBe(epoch + 9)
          expect(yield* heartbeats.last(other, "callback/a#1")).toBeUndefined()
        })
      ))

    it("is not seen by who reads the run", () =>
      run(
        Effect.gen(function* () {
          const heartbeats = yield* Heartbeats
          const table = yield* RunTable
          const runId = newRunId()
          yield* table.put(runId, startMessage())
          yield* table.commitHead(runId, newHead())
          const before = yield* table.readRun(runId)
          yield* heartbeats.beat(runId, "callback/a#0", epoch)
          expect(yield* table.readRun(runId)).toEqual(before)
          expect(yield* table.readMessage(runId, "heartbeat/callback/a#0")).toBeUndefined()
        })
      ))
  })
}
