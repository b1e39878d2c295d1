import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { Context, Effect } from "effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Objects, Throttled } from "../../examples/upload-object/objects.ts"
import { getObject, putObject, uploadObject } from "../../examples/upload-object/uploadObject.ts"
import { keepHistory } from "../histories/keepHistory.ts"

interface Shelf {
  /** By key and number of the part. */
  readonly parts: Map<string, string>
  readonly puts: Array<number>
}

const newShelf = (): Shelf => ({ parts: new Map(), puts: [] })

/** A store of a test's own: it is throttled once before each of the parts that are named. */
const objectsOf = (shelf: Shelf, throttled: ReadonlyArray<number> = [], spoils = false) => {
  const left = new Set(throttled)
  return Context.make(Objects, {
    putPart: (key, part, text) =>
      Effect.suspend(() => {
        if (left.delete(part)) return Effect.fail(new Throttled({ message: "not now", retryAfterMs: 1_800_000 }))
        shelf.puts.push(part)
        shelf.parts.set(`${key} ${String(part).padStart(6, "0")}`, text)
        return Effect.void
      }),
    get: (key) =>
      Effect.sync(() => {
        const own = [...shelf.parts].filter(([id]) => id.startsWith(`${key} `)).sort(([a], [b]) => (a < b ? -1 : 1))
        const text = own.map(([, part]) => part).join("")
        return own.length === 0 ? undefined : spoils ? text.toUpperCase() : text
      })
  })
}

const steps = { putObject, getObject }
const input = { key: "report.txt", text: "abc".repeat(1_200) }

it("puts an object in parts when it has slept, and has it back", async () => {
  const shelf = newShelf()
  const runtime = new TestRuntime({ steps, services: objectsOf(shelf) })
  const run = await runtime.start(uploadObject, { input, runId: "upload-1" })
  expect(shelf.puts).toEqual([])
  await runtime.advance("1 hour")
  expect(run.outcome).toEqual({ tag: "succeeded", value: { key: "report.txt", parts: 4, characters: 3_600 } })
  expect(shelf.puts).toEqual([0, 1, 2, 3])
  await keepHistory("upload-object", run)
})

it("goes on where it was when the store says when, and puts no part twice", async () => {
  const shelf = newShelf()
  const runtime = new TestRuntime({ steps, services: objectsOf(shelf, [1, 3]) })
  const run = await runtime.start(uploadObject, { input, runId: "upload-2" })
  await runtime.advance("1 hour")
  expect(shelf.puts).toEqual([0])
  expect(run.waitingFor).toMatchObject([{ kind: "step", attempt: 2, lastError: "RetryAfter, by Throttled" }])
  await runtime.advance("29 minutes")
  expect(shelf.puts).toEqual([0])
  await runtime.advance("1 minute")
  expect(shelf.puts).toEqual([0, 1, 2])
  await runtime.advance("30 minutes")
  expect(run.outcome).toMatchObject({ tag: "succeeded", value: { parts: 4 } })
  expect(shelf.puts).toEqual([0, 1, 2, 3])
  await keepHistory("upload-object.throttled", run)
})

it("fails where what comes back is something else", async () => {
  const runtime = new TestRuntime({ steps, services: objectsOf(newShelf(), [], true) })
  const run = await runtime.start(uploadObject, { input, runId: "upload-3" })
  await runtime.advance("1 hour")
  expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "Corrupted" } })
  await keepHistory("upload-object.corrupted", run)
})

it("survives anything", async () => {
  const report = await checkWorkflow(uploadObject, {
    schedules: 200,
    input: fc.constant(input),
    steps,
    world: newShelf,
    services: (shelf) => objectsOf(shelf),
    effects: ({ parts }) => [...parts]
  })
  expect(Object.keys(report.outcomes)).toEqual(expect.arrayContaining(["succeeded", "cancelled"]))
})
