import assert from "node:assert/strict"
import { test } from "node:test"
import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { rentBike, returned } from "./rentBike.ts"

test("rentBike survives anything", async () => {
  const report = await checkWorkflow(rentBike, { compensations: { takeDeposit: "returnDeposit" } })
  assert.equal(report.schedules, 1_000)
})

test("a bike that comes back at once", async () => {
  const runtime = new TestRuntime()
  const run = await runtime.start(rentBike, { input: { customer: "Ada", bike: "b-7", depositCents: 5_000 } })
  await run.signal(returned, { station: "Harbour" })
  assert.deepEqual(run.outcome, { tag: "succeeded", value: { station: "Harbour" } })
})
