import { succeeds, TestRuntime } from "dynactor/testing"
import { expect, it } from "vitest"
import { approval, fulfilOrder, needsApproval, times } from "../../examples/orders/fulfilOrder.ts"
import { readOrders } from "../../examples/orders/people.ts"
import { steps as stepsOfOrders } from "../../examples/orders/steps.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const [order] = readOrders()
  .map((one) => one.order)
  .filter(needsApproval)

const start = async (runId: string) => {
  if (order === undefined) throw new Error("there is no large order")
  const orderId = order.id
  const steps = {
    chargeCard: succeeds({ orderId, chargeId: "c-1", cents: 50_000 }),
    reserveStock: succeeds({ orderId, units: 1, shelf: "A7" }),
    bookCarrier: succeeds({ trackingNumber: "T-1" })
  }
  expect(stepsOfOrders.map(({ stepName }) => stepName)).toEqual(expect.arrayContaining(Object.keys(steps)))
  const runtime = new TestRuntime({ steps })
  return { runtime, run: await runtime.start(fulfilOrder, { input: order, runId }) }
}

it("a large order that is approved", async () => {
  const { run, runtime } = await start("order-1")
  await run.signal(approval, { approved: true, by: "Ada" })
  await runtime.advance(times.coolingOff)
  expect(run.outcome).toMatchObject({ tag: "succeeded", value: { trackingNumber: "T-1" } })
  await keepHistory("orders", run)
})

it("one that nobody approves in time: all is undone", async () => {
  const { run, runtime } = await start("order-2")
  await runtime.advance(times.approval)
  expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "ApprovalTimedOut" } })
  expect(run.executed("refundCard") && run.executed("releaseStock")).toBe(true)
  await keepHistory("orders.timedOut", run)
})

it("one that is cancelled while it cools off", async () => {
  const { run } = await start("order-3")
  await run.signal(approval, { approved: true, by: "Ada" })
  await run.cancel("changed my mind")
  expect(run.outcome).toMatchObject({ tag: "cancelled" })
  await keepHistory("orders.cancelled", run)
})
