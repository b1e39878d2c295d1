import { TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import * as basics from "../../examples/guide/effectBasics.ts"
import * as inngest from "../../examples/guide/fromInngest.ts"
import * as stepFunctions from "../../examples/guide/fromStepFunctions.ts"
import * as temporal from "../../examples/guide/fromTemporal.ts"
import * as vercel from "../../examples/guide/fromVercel.ts"

describe("what those who come from elsewhere are shown", () => {
  it("charges once it is approved, and shows its phase", async () => {
    const runtime = new TestRuntime({ steps: { charge: temporal.charge } })
    const yes = await runtime.start(temporal.order, { runId: "yes", input: { order: "o" } })
    const silent = await runtime.start(temporal.order, { runId: "silent", input: { order: "o" } })
    expect(yes.state(temporal.phase)).toBe("waiting")
    await yes.signal(temporal.approved, true)
    await runtime.advance("3 days")
    expect(yes.outcome).toEqual({ tag: "succeeded", value: "charged" })
    expect(silent.outcome).toEqual({ tag: "succeeded", value: "refused" })
  })

  it("handles an order, or catches that it cannot", async () => {
    const runtime = new TestRuntime({ steps: { reserveItem: stepFunctions.reserveItem } })
    const run = await runtime.start(stepFunctions.handleOrder, { runId: "a", input: { id: "a", items: ["tea"] } })
    const none = await runtime.start(stepFunctions.handleOrder, { runId: "b", input: { id: "b", items: ["nothing"] } })
    const late = await runtime.start(stepFunctions.handleOrder, { runId: "c", input: { id: "c", items: ["tea"] } })
    await runtime.advance("1 hour")
    await runtime.completeCallback(run.callbacks[0]?.token ?? "", "packed")
    await runtime.advance("1 day")
    expect([run, none, late].map(({ outcome }) => outcome)).toEqual([
      { tag: "succeeded", value: "packed" },
      { tag: "succeeded", value: "out of stock" },
      { tag: "succeeded", value: "no answer" }
    ])
  })

  it("verifies an address", async () => {
    const runtime = new TestRuntime({ steps: { sendMail: vercel.sendMail } })
    const run = await runtime.start(vercel.signUp, { runId: "a", input: { email: "a@b" } })
    const bad = await runtime.start(vercel.signUp, { runId: "b", input: { email: "" } })
    expect(run.emitted(vercel.progress)).toEqual(["asked"])
    await runtime.completeCallback(run.callbacks[0]?.token ?? "", true)
    await runtime.advance("3 days")
    expect(run.outcome).toEqual({ tag: "succeeded", value: true })
    expect(bad.outcome).toMatchObject({ tag: "failed", error: { _tag: "NoAddress" } })
  })

  it("nudges who has not ordered in three days", async () => {
    const runtime = new TestRuntime()
    const silent = await runtime.start(inngest.onboard, { runId: "a", input: { email: "a@b" } })
    const buyer = await runtime.start(inngest.onboard, { runId: "b", input: { email: "c@d" } })
    await runtime.advance("2 days")
    await buyer.signal(inngest.firstOrder, { cents: 900 })
    await runtime.advance("3 days")
    expect(silent.outcome).toEqual({ tag: "succeeded", value: "nudged" })
    expect(buyer.outcome).toEqual({ tag: "succeeded", value: "a customer" })
  })
})

describe("the idioms of Effect", () => {
  it("are what the page says of them", async () => {
    const { lookUp, quote, release, shop } = basics
    const layer = basics.warehouseOf({ tea: 2 })
    const answers = {
      reserve: (item: basics.Item) =>
        Effect.provide(
          Effect.flatMap(basics.Warehouse, (one) => one.take(item)),
          layer
        )
    }
    const runtime = new TestRuntime({ steps: { lookUp, quote, release, ...answers } })
    const run = await runtime.start(shop, {
      input: {
        id: "o",
        items: [
          { sku: "tea", count: 1 },
          { sku: "rice", count: 1 }
        ],
        coupon: "TEN"
      }
    })
    await runtime.advance("3 days")
    expect(run.outcome).toEqual({
      tag: "succeeded",
      value: { lines: ["o: 500", "1 tea", "no rice", "1 tea"], cents: 2_000, off: 10 }
    })
  })
})
