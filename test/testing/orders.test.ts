import { checkWorkflow } from "dynactor/testing"
import { Layer } from "effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { sumEffects } from "../../examples/orders/evidence.ts"
import { fulfilOrder } from "../../examples/orders/fulfilOrder.ts"
import { type Entry, Ledger } from "../../examples/orders/ledger.ts"
import { readOrders } from "../../examples/orders/people.ts"
import { simulation } from "../../examples/orders/simulation.ts"
import { steps } from "../../examples/orders/steps.ts"

const orders = readOrders().map(({ order }) => order)

it("the orders example keeps its books straight whatever happens, on its steps' own code", {
  timeout: 120_000
}, async () => {
  const report = await checkWorkflow(fulfilOrder, {
    schedules: 300,
    input: fc.constantFrom(...orders),
    steps: Object.fromEntries(steps.map((step) => [step.stepName, step])),
    world: (): Array<Entry> => [],
    services: (ledger) => Layer.provide(simulation, Ledger.memory(ledger)),
    // Bank and warehouse take each idempotency key once.
    effects: (ledger) =>
      (["charged", "refunded", "reserved", "released"] as const).map((kind) => sumEffects(ledger, kind)),
    compensations: { chargeCard: "refundCard", reserveStock: "releaseStock" },
    atEnd: (run) => {
      const [charged, refunded] = [sumEffects(run.world, "charged"), sumEffects(run.world, "refunded")]
      if (run.outcome?.tag === "succeeded") expect(refunded).toEqual(new Map())
      else expect(refunded).toEqual(charged)
    }
  })
  expect(report.outcomes.succeeded).toBeGreaterThan(50)
  expect(report.outcomes.failed).toBeGreaterThan(50)
  expect(report.faultsByKind.crash).toBeGreaterThan(50)
})
