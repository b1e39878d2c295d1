import { checkWorkflow, TestRuntime } from "dynactor/testing"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { addSeven, mapAdd, mapAddMost } from "../../examples/map-add/mapAdd.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const numbers = Array.from({ length: 25 }, (_, index) => index * index)
const tooLarge = 2_000_000
const runtime = () => new TestRuntime({ steps: { addSeven } })

it("adds seven to each number of a list", async () => {
  const run = await runtime().start(mapAdd, { input: numbers, runId: "map-add-1" })
  expect(run.outcome).toEqual({ tag: "succeeded", value: numbers.map((number) => number + 7) })
  await keepHistory("map-add", run)
})

it("fails by one that fails, when all have been tried", async () => {
  const run = await runtime().start(mapAdd, { input: [1, tooLarge, ...numbers], runId: "map-add-2" })
  expect(run.outcome).toMatchObject({
    tag: "failed",
    error: { _tag: "ItemsFailed", reason: "completed", failed: 1, succeeded: 26, firstFailed: [{ index: 1 }] }
  })
  await keepHistory("map-add.failed", run)
})

it("does without a tenth, and says which", async () => {
  const input = [...numbers.slice(0, 18), tooLarge, tooLarge]
  const run = await runtime().start(mapAddMost, { input, runId: "map-add-3" })
  expect(run.outcome).toMatchObject({ tag: "succeeded", value: { failed: [tooLarge, tooLarge] } })
  await keepHistory("map-add.most", run)
})

it("says which of very many", async () => {
  const input = Array.from({ length: 1_200 }, (_, index) => (index % 10 === 0 ? tooLarge + index : index))
  const run = await runtime().start(mapAddMost, { input, runId: "map-add-5" })
  expect(run.outcome).toMatchObject({
    tag: "succeeded",
    value: { failed: input.filter((_, index) => index % 10 === 0) }
  })
})

it("ends early when more than a tenth have failed", async () => {
  const input = [tooLarge, tooLarge, tooLarge, ...numbers]
  const run = await runtime().start(mapAddMost, { input, runId: "map-add-4" })
  expect(run.outcome).toMatchObject({ tag: "failed", error: { reason: "toleratedPercent", failed: 3, total: 28 } })
  expect(run.executed("addSeven")).toBe(true)
  await keepHistory("map-add.early", run)
})

it("survives anything", async () => {
  const input = fc.array(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 99 }) }, fc.constant(tooLarge)))
  const report = await checkWorkflow(mapAddMost, { schedules: 200, input, steps: { addSeven } })
  expect(Object.keys(report.outcomes)).toEqual(expect.arrayContaining(["succeeded", "failed", "cancelled"]))
})
