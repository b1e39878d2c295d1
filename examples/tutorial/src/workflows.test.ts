import assert from "node:assert/strict"
import { test } from "node:test"
import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { bookFlight, bookHotel, bookTrip, confirmed } from "./workflows.ts"

test("a trip survives a thousand schedules of crashes, retries and cancellations", async () => {
  const report = await checkWorkflow(bookTrip)
  assert.equal(report.schedules, 1_000)
})

test("nobody waits longer than three days for a confirmation", async () => {
  // Steps run as they are if they are given; others answer by themselves.
  const runtime = new TestRuntime({ steps: { bookFlight, bookHotel } })
  const input = { traveller: "Ada", to: "Rome" }
  const late = await runtime.start(bookTrip, { runId: "late", input })
  const confirmedOne = await runtime.start(bookTrip, { runId: "confirmed", input })
  await confirmedOne.signal(confirmed, { by: "Bob" })
  await runtime.advance("3 days")
  const booked = ["flight to Rome", "hotel in Rome"]
  assert.deepEqual(late.outcome, { tag: "succeeded", value: { booked, confirmedBy: null } })
  assert.deepEqual(confirmedOne.outcome, { tag: "succeeded", value: { booked, confirmedBy: "Bob" } })
})
