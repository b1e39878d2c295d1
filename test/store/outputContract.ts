import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { appendOfBody, endOutput, StepAppender } from "../../src/store/beside/appendOutput.ts"
import { type OutputChunk, OutputChunks, type OutputStream } from "../../src/store/beside/outputChunks.ts"
import { tailAfter } from "../../src/store/beside/outputTail.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { epoch, newRunId, startMessage } from "./samples.ts"
import { patienceMs, useStore } from "./useStore.ts"

const bodies = { generation: 0, count: 0 }
const byStep = { kind: "step", key: "answer#0", execution: "1-abc", index: 0 } as const

const chunk = (position: number, values: ReadonlyArray<string>, changes: Partial<OutputChunk> = {}): OutputChunk => ({
  position,
  at: epoch + position,
  values,
  source: { ...byStep, index: position },
  bodies,
  ...changes
})

const newStream = (name = "tokens"): OutputStream => ({ runId: newRunId(), name })

const all = Effect.fnUntraced(function* (stream: OutputStream) {
  const chunks = yield* OutputChunks
  const found: Array<OutputChunk> = []
  for (let position = 0; ; ) {
    const page = yield* chunks.readFrom(stream, position, 3)
    const last = page.at(-1)
    if (last === undefined) return found
    found.push(...page)
    position = last.position + Math.max(1, last.values.length)
  }
})

/** What every store of output chunks keeps: see `src/store/beside/outputChunks.ts`. */
export const outputContract = (name: string, layer: Layer.Layer<OutputChunks | RunTable, unknown>): void => {
  describe(`OutputChunks: ${name}`, () => {
    const { run, runOnAnother } = useStore(layer)

    it("keeps a chunk as it was put, of each source", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const stream = newStream()
          const put = [
            chunk(0, ['"a"', "-0", '{"b":[1,null,"\\ud800é🎈"]}']),
            chunk(3, ["1"], { source: { kind: "body", generation: 0, index: 0 }, bodies: { generation: 0, count: 1 } }),
            chunk(4, ["2"], { bodies: { generation: 0, count: 1 } }),
            chunk(5, ["3", "4"], {
              source: { kind: "body", generation: 2, index: 7 },
              bodies: { generation: 2, count: 9 }
            }),
            chunk(7, [], { source: { kind: "end" }, bodies: { generation: 2, count: 9 } })
          ]
          for (const one of put) expect(yield* chunks.put(stream, one)).toEqual({ _tag: "Inserted" })
          expect(yield* all(stream)).toEqual(put)
          expect(yield* chunks.lastUpTo(stream)).toEqual(put[4])
          expect(yield* chunks.lastUpTo(stream, 6)).toEqual(put[3])
          expect(yield* chunks.lastUpTo(stream, 2)).toEqual(put[0])
          expect(yield* chunks.readFrom(stream, 4, 2)).toEqual([put[2], put[3]])
          expect(yield* chunks.readFrom(stream, 8, 2)).toEqual([])
        })
      ))

    it("gives a position once, and hands back what is there", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const stream = newStream()
          const tries = Array.from({ length: 8 }, (_, index) => chunk(0, [String(index)]))
          const puts = yield* Effect.forEach(tries, (one) => chunks.put(stream, one), { concurrency: "unbounded" })
          const winner = puts.findIndex(({ _tag }) => _tag === "Inserted")
          expect(puts.filter(({ _tag }) => _tag === "Inserted")).toHaveLength(1)
          expect(yield* all(stream)).toEqual([tries[winner]])
          for (const put of puts) if (put._tag === "Exists") expect(put.chunk).toEqual(tries[winner])
        })
      ))

    it("holds streams apart, by name and by run", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const { runId } = newStream()
          const streams: ReadonlyArray<OutputStream> = [
            { runId, name: "a" },
            { runId, name: "b" },
            { runId: `${runId}/~a`, name: "a" },
            { runId: `${runId}~`, name: "a" }
          ]
          for (const [index, stream] of streams.entries()) yield* chunks.put(stream, chunk(0, [String(index)]))
          for (const [index, stream] of streams.entries())
            expect((yield* all(stream)).map(({ values }) => values)).toEqual([[String(index)]])
          expect(yield* all({ runId, name: "c" })).toEqual([])
          expect(yield* chunks.lastUpTo({ runId, name: "c" })).toBeUndefined()
        })
      ))

    it("sorts positions as numbers", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const stream = newStream()
          const positions = [0, 9, 10, 99, 100, 999_999]
          for (const position of positions) yield* chunks.put(stream, chunk(position, ["0"]))
          expect((yield* chunks.readFrom(stream, 0, 10)).map(({ position }) => position)).toEqual(positions)
          expect((yield* chunks.lastUpTo(stream, 98))?.position).toBe(10)
        })
      ))

    it("takes the longest run id, and the largest chunk", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const unique = newRunId()
          const runId = `${unique}${"🎈".repeat((512 - unique.length) / 2)}`
          const [a, b] = [
            { runId, name: "n".repeat(64) },
            { runId: `${runId.slice(0, -2)}xy`, name: "n".repeat(64) }
          ]
          const large = chunk(0, [JSON.stringify("é".repeat(65_534))])
          yield* chunks.put(a, large)
          expect(yield* all(a)).toEqual([large])
          expect(yield* all(b)).toEqual([])
        })
      ))

    it("is none of the run's own: its partition is as it was, and no run was started by it", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const table = yield* RunTable
          const stream = newStream()
          yield* table.put(stream.runId, startMessage())
          yield* chunks.put(stream, chunk(0, ["1"]))
          yield* chunks.put({ ...stream, runId: `${stream.runId}-never` }, chunk(0, ["1"]))
          expect((yield* table.readRun(stream.runId)).messages).toHaveLength(1)
          const unstarted: Array<string> = []
          for (let cursor: string | undefined, more = true; more; ) {
            const page: { readonly runIds: ReadonlyArray<string>; readonly cursor?: string } =
              yield* table.scanUnstarted(cursor)
            unstarted.push(...page.runIds)
            cursor = page.cursor
            more = cursor !== undefined
          }
          expect(unstarted.filter((runId) => runId.startsWith(stream.runId))).toEqual([stream.runId])
        })
      ))

    it("appends what bodies emit once, whoever does it and however often", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const stream = newStream()
          const emitted = (from: number, count: number) => ({
            stream: stream.name,
            from,
            values: Array.from({ length: count }, (_, index) => String(from + index))
          })
          const step = new StepAppender(chunks, stream, { key: "a#0", execution: "1-x" })
          yield* Effect.all(
            [
              appendOfBody(chunks, stream, 0, emitted(0, 5), epoch),
              appendOfBody(chunks, stream, 0, emitted(0, 5), epoch),
              step.append(['"step"'], 100),
              appendOfBody(chunks, stream, 0, emitted(0, 5), epoch)
            ],
            { concurrency: "unbounded" }
          )
          yield* appendOfBody(chunks, stream, 0, emitted(3, 4), epoch)
          yield* appendOfBody(chunks, stream, 1, emitted(0, 2), epoch)
          yield* appendOfBody(chunks, stream, 0, emitted(0, 7), epoch)
          const found = yield* all(stream)
          const ofBody = found.filter(({ source }) => source.kind === "body").flatMap(({ values }) => values)
          expect(ofBody).toEqual(["0", "1", "2", "3", "4", "5", "6", "0", "1"])
          expect(found.filter(({ source }) => source.kind === "step")).toHaveLength(1)
          for (const [index, one] of found.entries())
            expect(one.position).toBe(index === 0 ? 0 : tailAfter(found[index - 1]).position)
        })
      ))

    it("lets two executions append side by side, and nobody behind the end", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const stream = newStream()
          const executions = ["1-x", "1-y"].map(
            (execution) => new StepAppender(chunks, stream, { key: "a#0", execution })
          )
          const append = (appender: StepAppender, name: string) =>
            Effect.forEach([0, 1, 2, 3], (index) => appender.append([JSON.stringify(`${name}${index}`)], 100))
          yield* Effect.all(
            executions.map((appender, index) => append(appender, "xy"[index] as string)),
            {
              concurrency: "unbounded"
            }
          )
          const found = yield* all(stream)
          for (const execution of ["1-x", "1-y"]) {
            const own = found.filter(({ source }) => source.kind === "step" && source.execution === execution)
            expect(own.map(({ source }) => source.kind === "step" && source.index)).toEqual([0, 1, 2, 3])
          }
          expect(yield* endOutput(chunks, stream, tailAfter(found[3]))).toBe(false)
          expect(yield* endOutput(chunks, stream, tailAfter(found.at(-1)))).toBe(true)
          expect(yield* endOutput(chunks, stream, tailAfter(found.at(-1)))).toBe(true)
          expect(yield* (executions[0] as StepAppender).append(["1"], 100)).toBe("ended")
          expect(yield* new StepAppender(chunks, stream, { key: "b#0", execution: "1-z" }).append(["1"], 100)).toBe(
            "ended"
          )
          yield* appendOfBody(chunks, stream, 0, { stream: stream.name, from: 0, values: ["1"] }, epoch)
          expect(yield* all(stream)).toHaveLength(9)
        })
      ))

    it("takes no more than so many values", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const appender = new StepAppender(chunks, newStream(), { key: "a#0", execution: "1-x" })
          expect(yield* appender.append(["1", "2"], 3)).toBe(2)
          expect(yield* appender.append(["3", "4"], 3)).toBe("full")
          expect(yield* appender.append(["3"], 3)).toBe(1)
        })
      ))

    it("wakes all who wait in this process, and does not wait for what is there", () =>
      run(
        Effect.gen(function* () {
          const chunks = yield* OutputChunks
          const stream = newStream()
          const wait = Effect.forkChild(chunks.changed(stream, 0, patienceMs))
          const waiting = yield* Effect.all([wait, wait, wait])
          yield* Effect.yieldNow
          // One of them goes before there is anything.
          yield* Fiber.interrupt(waiting[1])
          yield* chunks.put(stream, chunk(0, ["1"]))
          for (const fiber of [waiting[0], waiting[2]]) yield* Fiber.join(fiber).pipe(Effect.timeout(patienceMs / 2))
        })
      ))

    it("shows at once what another process has put", () =>
      run(
        Effect.gen(function* () {
          const stream = newStream()
          const one = chunk(0, ["1"])
          const chunks = yield* OutputChunks
          yield* chunks.put(stream, one)
          const there = yield* Effect.promise(() =>
            runOnAnother(Effect.flatMap(OutputChunks, (others) => others.lastUpTo(stream)))
          )
          // A database in memory is another one each time.
          expect([one, undefined]).toContainEqual(there)
          if (!name.includes("memory")) expect(there).toEqual(one)
        })
      ))
  })
}
