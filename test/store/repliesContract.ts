import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { Replies } from "../../src/store/beside/replies.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { bulkyJson, inline, newHead, newRunId, reference, startMessage } from "./samples.ts"
import { useStore } from "./useStore.ts"

export const repliesContract = (name: string, layer: Layer.Layer<Replies | RunTable, unknown>): void => {
  describe(`Replies: ${name}`, () => {
    const { run } = useStore(layer)

    it("keeps the first reply to an update, whatever it holds", () =>
      run(
        Effect.gen(function* () {
          const replies = yield* Replies
          const runId = `${newRunId()}/0/~replies 🎈`
          const outcomes = [
            { tag: "succeeded", payload: inline({ ok: '🎈 "\u0000' }) },
            { tag: "failed", payload: { json: bulkyJson(30_000) } },
            { tag: "died", payload: reference("elsewhere") }
          ] as const
          for (const [index, outcome] of outcomes.entries()) {
            const reply = { name: "change", id: `id/${index}~!`, outcome }
            yield* replies.put(runId, reply)
            yield* replies.put(runId, { ...reply, outcome: { tag: "succeeded", payload: inline("another") } })
            expect(yield* replies.read(runId, reply.name, reply.id)).toEqual(reply)
          }
        })
      ))

    it("finds none of another run, name or id", () =>
      run(
        Effect.gen(function* () {
          const replies = yield* Replies
          const runId = newRunId()
          const outcome = { tag: "succeeded", payload: inline(1) } as const
          yield* replies.put(runId, { name: "change", id: "1", outcome })
          expect(yield* replies.read(newRunId(), "change", "1")).toBeUndefined()
          expect(yield* replies.read(runId, "other", "1")).toBeUndefined()
          expect(yield* replies.read(runId, "change", "2")).toBeUndefined()
        })
      ))

    it("is no part of the run's rows, and rings nobody", () =>
      run(
        Effect.gen(function* () {
          const replies = yield* Replies
          const table = yield* RunTable
          const runId = newRunId()
          yield* table.put(runId, startMessage())
          yield* table.commitHead(runId, newHead())
          const before = yield* table.readRun(runId)
          // A name that rows begin with.
          yield* replies.put(runId, { name: "step", id: "1", outcome: { tag: "succeeded", payload: inline(1) } })
          expect(yield* table.readRun(runId)).toEqual(before)
        })
      ))
  })
}
