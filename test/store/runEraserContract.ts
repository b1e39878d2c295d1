import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { TombstoneMessage } from "../../src/actor/history/message.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { StepMarks } from "../../src/store/beside/stepMarks.ts"
import { objectName, ownerOf } from "../../src/store/deletion/payloadNames.ts"
import { RunEraser } from "../../src/store/deletion/runEraser.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { bulkyJson, epoch, newHead, newRunId, reference, signalMessage, startMessage, stepMessage } from "./samples.ts"
import { eventually, useStore } from "./useStore.ts"

type Ports = RunTable | RunEraser | Replies | OutputChunks | StepMarks | Payloads

const tombstone: TombstoneMessage = { kind: "deleted", at: epoch + 50, until: epoch + 90, generation: 1 }

/** Something in every place that a run has, in two generations, with a stream of a later start. */
const fill = Effect.fnUntraced(function* (runId: string) {
  const table = yield* RunTable
  const second = addressOf(runId, 1)
  for (const [number, address] of [runId, second].entries()) {
    yield* table.put(address, startMessage())
    yield* table.put(address, stepMessage("a#0"))
    yield* table.put(address, signalMessage("go", "1"))
    yield* table.putSegment(address, 0, ["start", "step/a#0"])
    const status = number === 0 ? ("continued" as const) : ("succeeded" as const)
    yield* table.commitHead(address, newHead({ version: 1, status, tags: { customer: "c-1" } }))
    yield* (yield* StepMarks).write(address, "a#0", { version: 1, token: "t", attempt: 1, at: epoch })
  }
  if (table.putTags !== undefined) yield* table.putTags(runId, { customer: "c-1" }, { version: 1, startedAt: epoch })
  yield* table.raiseMark(runId, "newest", { to: 1, above: 0 })
  yield* (yield* Replies).put(runId, { name: "u", id: "1", outcome: { tag: "succeeded", payload: { json: "1" } } })
  const chunks = yield* OutputChunks
  for (const address of [runId, second]) {
    const source = { kind: "step", key: "a#0", execution: "1-x", index: 0 } as const
    const chunk = { position: 0, at: epoch, values: ["1"], source, bodies: { generation: 0, count: 0 } }
    yield* chunks.put({ runId: address, name: "words" }, chunk)
    yield* chunks.put({ runId: address, name: "words" }, { ...chunk, position: 1 })
  }
  const text = bulkyJson(300_000)
  const { sha256 } = reference(text)
  const name = objectName({ owner: ownerOf(second), sha256 })
  yield* (yield* Payloads).put(name, text, sha256)
  return name
})

/** What can be read of it. */
const left = Effect.fnUntraced(function* (runId: string, object: string) {
  const table = yield* RunTable
  const second = addressOf(runId, 1)
  const chunks = yield* OutputChunks
  const marks = yield* StepMarks
  const found: Array<string> = []
  const note = (what: string, there: unknown) => {
    if (there !== undefined) found.push(what)
  }
  for (const [generation, address] of [runId, second].entries()) {
    const stored = yield* table.readRun(address)
    for (const { kind } of stored.messages) found.push(`${generation} ${kind}`)
    note(`${generation} head`, stored.head)
    note(`${generation} segment`, stored.segments[0])
    note(`${generation} mark of a step`, yield* marks.read(address, "a#0"))
    note(`${generation} stream`, yield* chunks.lastUpTo({ runId: address, name: "words" }))
  }
  note("mark", yield* table.readMark(runId, "newest"))
  note("reply", yield* (yield* Replies).read(runId, "u", "1"))
  note("object", yield* (yield* Payloads).get(object))
  return found
})

/** What deletes runs keeps: see `src/store/deletion/runEraser.ts`. */
export const runEraserContract = (name: string, layer: Layer.Layer<Ports, unknown>): void => {
  describe(`RunEraser: ${name}`, () => {
    const { run } = useStore(layer)

    it("deletes all that a run has but its tombstone and its heads, and nothing of a run whose id begins like it", () =>
      run(
        Effect.gen(function* () {
          const table = yield* RunTable
          const eraser = yield* RunEraser
          const runId = newRunId()
          const others = [`${runId}0`, `${runId}/0`, runId.slice(0, -1)]
          const object = yield* fill(runId)
          const theirs = yield* Effect.forEach(others, fill)
          const before = yield* Effect.forEach(others, (other, index) => left(other, theirs[index] as string))
          expect(before.every((found) => found.length === 17)).toBe(true)
          yield* table.entomb(runId, tombstone)
          expect(yield* eraser.erase({ runId, generation: 1, streams: [] })).toBeGreaterThan(11)
          expect(yield* left(runId, object)).toEqual(["0 deleted", "0 head", "1 head"])
          // A turn that began before the first commit of its generation, and is late.
          for (const address of [runId, addressOf(runId, 1)])
            expect(yield* table.commitHead(address, newHead({ version: 1 }))).toMatchObject({ _tag: "Conflict" })
          expect(yield* table.put(runId, startMessage())).toEqual({ _tag: "Exists", message: tombstone })
          expect(yield* Effect.forEach(others, (other, index) => left(other, theirs[index] as string))).toEqual(before)
          // Again, and with nothing left: the same.
          expect(yield* eraser.erase({ runId, generation: 1, streams: [] })).toBe(0)
        })
      ))

    it("removes tombstone and newest head together, with earlier ones, unless the head was written since", () =>
      run(
        Effect.gen(function* () {
          const table = yield* RunTable
          const eraser = yield* RunEraser
          const runId = newRunId()
          const object = yield* fill(runId)
          yield* table.entomb(runId, tombstone)
          yield* eraser.erase({ runId, generation: 1, streams: [] })
          yield* eraser.remove({ runId, generation: 1, version: 2 })
          const found = yield* left(runId, object)
          expect(found.filter((what) => what !== "0 head")).toEqual(["0 deleted", "1 head"])
          yield* eraser.remove({ runId, generation: 1, version: 1 })
          expect(yield* left(runId, object)).toEqual([])
          yield* eraser.remove({ runId, generation: 1, version: 1 })
          expect(yield* table.put(runId, startMessage())).toEqual({ _tag: "Inserted" })
        })
      ))

    it("lists runs that were deleted by when they are to be looked at, and in no other listing", () =>
      run(
        Effect.gen(function* () {
          const table = yield* RunTable
          const runId = newRunId()
          const deletion = { generation: 0, until: epoch + 1_000 }
          const gone = newHead({ version: 1, status: "deleted", startedAt: epoch + 500, deletion })
          yield* table.put(runId, startMessage())
          yield* table.commitHead(runId, gone)
          const due = (before: number) =>
            Effect.map(table.listDeleted({ before, limit: 1_000 }), (found) => found.some((one) => one.runId === runId))
          yield* eventually(
            "it is listed",
            Effect.map(due(epoch + 501), (isThere) => isThere || undefined)
          )
          expect(yield* due(epoch + 500)).toBe(false)
          expect(yield* table.readHead(runId)).toEqual(gone)
          const { runs } = yield* table.list({ prefix: runId })
          expect(runs).toEqual([])
          // Put off, it stands elsewhere.
          yield* table.commitHead(runId, { ...gone, version: 2, startedAt: epoch + 900 })
          yield* eventually(
            "it is put off",
            Effect.map(due(epoch + 501), (isThere) => (isThere ? undefined : true))
          )
        })
      ))
  })
}
