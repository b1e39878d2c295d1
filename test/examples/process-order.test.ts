import { checkWorkflow, TestRuntime } from "dynactor/testing"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import {
  bookCarrier,
  cancelCarrier,
  changeAddress,
  handOver,
  processOrder,
  progress,
  refund,
  release,
  reserve,
  takePayment
} from "../../examples/process-order/processOrder.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const home = { street: "Side Street 2", town: "Ulm" }
const work = { street: "Main Street 1", town: "Bonn" }
const order = { id: "7", item: "tea", cents: 990, address: home }
const steps = { takePayment, refund, reserve, release, bookCarrier, cancelCarrier, handOver }
const runtime = () => new TestRuntime({ steps })

it("pays, reserves and books at the same time, and shows how far it is", async () => {
  const world = runtime()
  const run = await world.start(processOrder, { input: order, runId: "process-order-1" })
  expect(run.state(progress)).toEqual({ payment: "done", inventory: "done", shipping: "waiting", town: "Ulm" })
  await world.advance("30 minutes")
  expect(run.outcome).toEqual({ tag: "succeeded", value: { parcel: "parcel-7", town: "Ulm" } })
  expect(run.state(progress)).toMatchObject({ shipping: "done" })
  await keepHistory("process-order", run)
})

it("takes another address until the parcel is handed over, and not after", async () => {
  // The carrier does not come at once.
  const absent = async () => Promise.reject(new Error("nobody at the door"))
  const world = new TestRuntime({ steps: { ...steps, handOver: absent } })
  const run = await world.start(processOrder, { input: order, runId: "process-order-2" })
  expect((await run.update(changeAddress, work)).outcome).toMatchObject({ tag: "succeeded" })
  expect(run.state(progress)).toMatchObject({ town: "Bonn" })
  await world.advance("30 minutes")
  expect((await run.update(changeAddress, home)).outcome).toMatchObject({
    tag: "failed",
    error: { _tag: "AlreadyHandedOver", parcel: "parcel-7" }
  })
  expect(run.state(progress)).toMatchObject({ town: "Bonn" })
})

it("sends the parcel to the address that was given last", async () => {
  const world = runtime()
  const run = await world.start(processOrder, { input: order, runId: "process-order-3" })
  await run.update(changeAddress, work, { id: "first" })
  await run.update(changeAddress, { ...work, town: "Kiel" }, { id: "second" })
  await world.advance("30 minutes")
  expect(run.outcome).toEqual({ tag: "succeeded", value: { parcel: "parcel-7", town: "Kiel" } })
  await keepHistory("process-order.moved", run)
})

it("gives back what it has when something cannot be had", async () => {
  const world = runtime()
  const run = await world.start(processOrder, { input: { ...order, item: "unicorn" }, runId: "process-order-4" })
  expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "OutOfStock" } })
  expect([run.timesSucceeded(refund), run.timesSucceeded(cancelCarrier), run.executed(release)]).toEqual([1, 1, false])
  expect(run.state(progress)).toMatchObject({ payment: "undone", inventory: "waiting", shipping: "undone" })
  await keepHistory("process-order.outOfStock", run)
})

it("undoes all of it when it is cancelled, and takes no address any more", async () => {
  const world = runtime()
  const run = await world.start(processOrder, { input: order, runId: "process-order-5" })
  await run.cancel("changed my mind")
  expect(run.cancelled).toBe(true)
  expect(run.state(progress)).toEqual({ payment: "undone", inventory: "undone", shipping: "undone", town: "Ulm" })
  await expect(run.update(changeAddress, work)).rejects.toMatchObject({ _tag: "RunFinished", status: "cancelled" })
  await keepHistory("process-order.cancelled", run)
})

it("survives any schedule", { timeout: 60_000 }, async () => {
  const report = await checkWorkflow(processOrder, {
    schedules: 300,
    updates: { changeAddress: fc.constantFrom(home, work) },
    compensations: { takePayment: refund, reserve: release, bookCarrier: cancelCarrier },
    mayDie: true
  })
  expect(report.schedules).toBe(300)
})
