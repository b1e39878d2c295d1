import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { type StepMark, StepMarks } from "../../src/store/beside/stepMarks.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { epoch, newHead, newRunId, startMessage } from "./samples.ts"
import { useStore } from "./useStore.ts"

const mark = (version: number, rest: Partial<StepMark> = {}): StepMark => ({
  version,
  token: "t1",
  attempt: 1,
  at: epoch,
  ...rest
})

/** What every store of marks keeps: see `src/store/beside/stepMarks.ts`. */
export const stepMarksContract = (name: string, layer: Layer.Layer<StepMarks | RunTable, unknown>): void => {
  describe(`StepMarks: ${name}`, () => {
    const { run } = useStore(layer)

    it("writes one over the version before, and over no other", () =>
      run(
        Effect.gen(function* () {
          const marks = yield* StepMarks
          const runId = newRunId()
          expect(yield* marks.read(runId, "a#0")).toBeUndefined()
          expect(yield* marks.write(runId, "a#0", mark(1))).toBeUndefined()
          const other = mark(1, { token: "t2" })
          expect(yield* marks.write(runId, "a#0", other)).toEqual(mark(1))
          expect(yield* marks.read(runId, "a#0")).toEqual(mark(1))
          const second = mark(2, { token: "t2", attempt: 2, details: { json: '{"done":7}' } })
          expect(yield* marks.write(runId, "a#0", second)).toBeUndefined()
          expect(yield* marks.write(runId, "a#0", mark(2, { token: "t3" }))).toEqual(second)
          const third = mark(3, { token: "t2", expired: true, details: { sha256: "ab", bytes: 300_000 } })
          expect(yield* marks.write(runId, "a#0", third)).toBeUndefined()
          expect(yield* marks.read(runId, "a#0")).toEqual(third)
        })
      ))

    it("takes the same again for written, and other details of the same execution not", () =>
      run(
        Effect.gen(function* () {
          const marks = yield* StepMarks
          const runId = newRunId()
          const one = mark(1, { details: { json: "1" } })
          expect(yield* marks.write(runId, "a#0", one)).toBeUndefined()
          expect(yield* marks.write(runId, "a#0", one)).toBeUndefined()
          expect(yield* marks.write(runId, "a#0", mark(1, { details: { json: "2" } }))).toEqual(one)
        })
      ))

    it("tells steps and runs apart, whatever their keys hold", () =>
      run(
        Effect.gen(function* () {
          const marks = yield* StepMarks
          const [one, other] = [newRunId(), newRunId()]
          const all = [one, other].flatMap((runId) => ["a#0", "a:%2F", "a:x~1"].map((key) => ({ runId, key })))
          for (const [index, { runId, key }] of all.entries())
            expect(yield* marks.write(runId, key, mark(1, { attempt: index }))).toBeUndefined()
          for (const [index, { runId, key }] of all.entries())
            expect((yield* marks.read(runId, key))?.attempt).toBe(index)
        })
      ))

    it("lets one of many writers through", () =>
      run(
        Effect.gen(function* () {
          const marks = yield* StepMarks
          const runId = newRunId()
          const tokens = Array.from({ length: 8 }, (_, index) => `t${index}`)
          const answers = yield* Effect.forEach(tokens, (token) => marks.write(runId, "a#0", mark(1, { token })), {
            concurrency: "unbounded"
          })
          const winner = yield* marks.read(runId, "a#0")
          expect(answers.filter((answer) => answer === undefined).length).toBe(1)
          expect(answers.indexOf(undefined)).toBe(tokens.indexOf(winner?.token ?? ""))
        })
      ))

    it("is not seen by who reads the run", () =>
      run(
        Effect.gen(function* () {
          const marks = yield* StepMarks
          const table = yield* RunTable
          const runId = newRunId()
          yield* table.put(runId, startMessage())
          yield* table.commitHead(runId, newHead())
          const before = yield* table.readRun(runId)
          yield* marks.write(runId, "a#0", mark(1))
          expect(yield* table.readRun(runId)).toEqual(before)
          expect(yield* table.readMessage(runId, "step/a#0")).toBeUndefined()
          expect((yield* table.list({})).runs.every(({ workflow }) => workflow !== "begun")).toBe(true)
        })
      ))
  })
}
