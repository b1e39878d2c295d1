import { fileURLToPath } from "node:url"
import { Duration } from "aws-cdk-lib"
import { Client } from "dynactor"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { readOrders } from "../../examples/orders/people.ts"
import { rentBike, returned } from "../../examples/quickstart/rentBike.ts"
import { orderRoutes } from "../../examples/web/orderRoutes.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import { byChance, killEvery } from "./faults.ts"
import type { Synthesized } from "./synthesize.ts"

// The demo's orders have a test of their own (orders.test.ts): these are the other examples.
describeWithServers(
  "The quick start and the web's handlers on the rig, under faults",
  [dynoxide, fauxqs],
  (endpointOf) => {
    let synthesized: Synthesized
    let rig: Deployed
    let kills: ReturnType<typeof killEvery>

    beforeAll(async () => {
      synthesized = synthesizeRig("OtherExamples", {
        entry: fileURLToPath(new URL("../../examples/workflows.ts", import.meta.url)),
        maxReceives: 1_000,
        stepTimeout: Duration.seconds(6),
        timeout: Duration.seconds(20)
      })
      const faults = byChance(11, { kill: 0.003, throttle: 0.01, delay: 0.02, delayMs: 100, duplicate: 0.05 })
      rig = await deploy(
        synthesized,
        { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) },
        { faults }
      )
      kills = killEvery(1_000, { seed: 11, most: 10, victims: rig.functions })
    }, 180_000)

    afterAll(async () => {
      kills?.stop()
      await rig?.stop()
      synthesized?.remove()
    })

    it("bikes are rented, returned and paid for once each", async () => {
      const rentals = Array.from({ length: 8 }, (_, index) => ({
        customer: `c-${index}`,
        bike: "b-7",
        depositCents: 5_000
      }))
      const outcomes = await Effect.runPromise(
        Effect.forEach(
          rentals,
          Effect.fnUntraced(function* (input) {
            const client = yield* Client
            const runId = `rental-${input.customer}`
            yield* client.start(rentBike, { runId, input })
            yield* client.signal(runId, returned, { station: "Harbour" }, { id: "returned" })
            const outcome = yield* client.wait(rentBike, runId)
            const taken = (yield* client.history(runId)).filter(({ key }) => key === "step/takeDeposit#0")
            return { outcome, taken: taken.length }
          }),
          { concurrency: "unbounded" }
        ).pipe(Effect.timeout("100 seconds"), Effect.provide(rig.layerAs("Shop")))
      )
      expect(outcomes).toEqual(rentals.map(() => ({ outcome: { station: "Harbour" }, taken: 1 })))
      expect(rig.gateway.denied()).toEqual([])
    }, 120_000)

    it("a web route starts an order once, and tells of its end", async () => {
      const { GET, POST, close } = orderRoutes(rig.layerAs("Shop"))
      const order = readOrders().find(({ expect }) => expect === "CardDeclined")?.order
      if (order === undefined) throw new Error("no such order")
      const url = "http://localhost/api/orders"
      const post = () => POST(new Request(url, { method: "POST", body: JSON.stringify(order) }))
      try {
        expect((await post()).status).toBe(202)
        expect((await post()).status).toBe(200)
        const get = async () => (await GET(new Request(`${url}?id=${order.id}`))).json()
        await vi.waitFor(async () => expect(await get()).toMatchObject({ status: "failed" }), { timeout: 60_000 })
      } finally {
        await close()
      }
      expect(rig.gateway.denied()).toEqual([])
    }, 90_000)
  }
)
