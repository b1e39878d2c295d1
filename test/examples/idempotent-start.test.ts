import { TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { charge, onDelivery, subscribe } from "../../examples/idempotent-start/subscribe.ts"
import { Client, RunConflict } from "../../src/index.ts"
import { keepHistory } from "../histories/keepHistory.ts"
import { live, openEngine } from "../streams/engine.ts"

const delivery = { id: "evt_1", subscription: { customer: "Ada", plan: "yearly" } } as const

it("charges", async () => {
  const runtime = new TestRuntime({ steps: { charge } })
  const run = await runtime.start(subscribe, { input: delivery.subscription, runId: "delivery-evt_1" })
  expect(run.outcome).toEqual({ tag: "succeeded", value: "yearly by delivery-evt_1/charge#0" })
  await expect(runtime.start(subscribe, { input: delivery.subscription, runId: "delivery-evt_1" })).rejects.toThrow(
    "there is a run delivery-evt_1 already"
  )
  await keepHistory("idempotent-start", run)
})

live("is one run however often it is delivered, at once and later", () =>
  Effect.gen(function* () {
    const { client } = yield* openEngine({ workflows: [subscribe], steps: [charge] })
    const deliver = (one: Parameters<typeof onDelivery>[0]) => Effect.provideService(onDelivery(one), Client, client)
    const together = yield* Effect.all(
      Array.from({ length: 5 }, () => deliver(delivery)),
      { concurrency: 5 }
    )
    expect(new Set(together.map(({ receipt }) => receipt))).toEqual(new Set(["yearly by delivery-evt_1/charge#0"]))
    expect(together.filter(({ wasFirst }) => wasFirst)).toHaveLength(1)
    expect(yield* deliver(delivery)).toEqual({ receipt: "yearly by delivery-evt_1/charge#0", wasFirst: false })
    expect((yield* client.history("delivery-evt_1")).map(({ key }) => key)).toEqual(["start", "step/charge#0"])
  })
)

live("is a conflict where the same delivery says something else", () =>
  Effect.gen(function* () {
    const { client } = yield* openEngine({ workflows: [subscribe], steps: [charge] })
    const deliver = (one: Parameters<typeof onDelivery>[0]) => Effect.provideService(onDelivery(one), Client, client)
    yield* deliver(delivery)
    const other = deliver({ ...delivery, subscription: { customer: "Ada", plan: "monthly" } })
    expect(yield* Effect.flip(other)).toBeInstanceOf(RunConflict)
    expect(yield* client.wait(subscribe, "delivery-evt_1")).toContain("yearly")
  })
)
