import { checkWorkflow, flaky, TestRuntime } from "dynactor/testing"
import { expect, test } from "vitest"
import { rentBike, returned } from "./rentBike.ts"

test("rentBike survives anything", { timeout: 30_000 }, () =>
  checkWorkflow(rentBike, {
    steps: { unlockBike: flaky(0.3) },
    compensations: { takeDeposit: "returnDeposit" },
    facts: {
      kept: (run) => run.succeeded("takeDeposit") && !run.executed("returnDeposit")
    },
    atEnd: (run) => run.outcome === undefined || !run.happened("kept")
  })
)

test("who is late is called after a day", async () => {
  const runtime = new TestRuntime()
  const run = await runtime.start(rentBike, { input: { customer: "Ada", bike: "b-7", depositCents: 5_000 } })
  await runtime.advance("23 hours")
  expect(run.executed("callCustomer")).toBe(false)
  await runtime.advance("365 days")
  expect(run.executed("callCustomer")).toBe(true)
  await run.signal(returned, { station: "Harbour" })
  expect(run.outcome).toEqual({ tag: "succeeded", value: { station: "Harbour" } })
})
