import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Plan, plans, swarms } from "../../simulation/plan.ts"
import { chunkOf, repeat, tryAlarm } from "../../simulation/search.ts"
import { runSchedule } from "../../simulation/simulation.ts"
import { tell } from "../../simulation/timeline.ts"
import { type FaultKind, faultKinds, lossKinds } from "../../simulation/world/faults.ts"
import { differInTwoOrders } from "./differInTwoOrders.ts"

const schedules = chunkOf(20_261_121)

describe("a schedule", () => {
  it("is the same to the last byte a hundred times", () => {
    // One that has a bit of everything, so that anything which depends on more than the seed would show.
    const plan = schedules.toSorted((a, b) => kindsOf(b) - kindsOf(a))[0] as Plan
    const first = JSON.stringify(runSchedule(plan, { traced: true }).trace)
    expect(first.length).toBeGreaterThan(1_000)
    const others = Array.from({ length: 99 }, () => JSON.stringify(runSchedule(plan, { traced: true }).trace))
    expect(others.filter((other) => other !== first)).toHaveLength(0)
  })

  it("is the same whatever ran before it, and however long the stacks of errors are", async () => {
    const differ = await differInTwoOrders(schedules.slice(0, 40), (plan) => runSchedule(plan, { traced: true }))
    expect(differ).toEqual([])
  })

  it("comes to the same whether its timeline is kept or not", () => {
    for (const plan of schedules.slice(0, 20)) {
      const [traced, silent] = [runSchedule(plan, { traced: true }), runSchedule(plan)]
      expect([traced.events, traced.faults, traced.checks]).toEqual([silent.events, silent.faults, silent.checks])
    }
  })

  it("holds all invariants under ten faults and more", () => {
    for (const plan of schedules) {
      const { violation, faults } = runSchedule(plan)
      expect(violation).toBeUndefined()
      expect(faults).toBeGreaterThanOrEqual(10)
    }
  })

  it("has a name that brings it back, and a timeline to be read", () => {
    const found = repeat(20_261_121, "3")
    expect(found?.plan).toEqual(schedules[3])
    const text = tell(found as NonNullable<typeof found>)
    expect(text).toContain("npm run simulate -- --repeat 20261121:3")
    expect(text).toMatch(/host-[12] +commits run-0 v1/)
  })

  it("leaves half of the kinds of faults out, another half each time", () => {
    const kinds = schedules.map((plan) => new Set(plan.faults.map(({ kind }) => kind)))
    for (const kind of faultKinds) expect(kinds.filter((one) => one.has(kind)).length).toBeGreaterThan(20)
    for (const one of kinds) expect(one.size).toBeLessThan(faultKinds.length)
  })

  it("each kind of fault is off in half of the schedules, and no two go together but those that lose something", () => {
    const all = fc.sample(swarms, { seed: 3, numRuns: 8_000 })
    const share = (is: (kinds: ReadonlySet<FaultKind>) => boolean) => all.filter(is).length / all.length
    for (const kind of faultKinds) {
      expect([kind, Math.abs(share((kinds) => !kinds.has(kind)) - 0.5) < 0.03]).toEqual([kind, true])
      for (const other of faultKinds) {
        if (other === kind || (lossKinds.has(kind) && lossKinds.has(other))) continue
        const both = Math.abs(share((kinds) => kinds.has(kind) && kinds.has(other)) - 0.25)
        expect([kind, other, both < 0.03]).toEqual([kind, other, true])
      }
    }
  })

  it("what a setting does of a fault's kind is off with it", () => {
    const sampled = fc.sample(plans, { seed: 3, numRuns: 2_000 })
    const twice = sampled.filter(({ setting }) => (setting?.repeats ?? 0) > 0)
    const deployed = sampled.filter(({ setting }) => setting?.deploysAfterMs !== null)
    const has = (kind: FaultKind) => (plan: Plan) => plan.faults.some((fault) => fault.kind === kind)
    for (const [group, kind] of [
      [twice, "duplicateMessage"],
      [deployed, "changedCode"]
    ] as const) {
      expect(group.length).toBeGreaterThan(400)
      // Not in all of them are such faults drawn, but in most.
      expect(group.filter(has(kind)).length).toBeGreaterThan(group.length / 2)
    }
  })
})

const kindsOf = (plan: Plan): number => new Set(plan.faults.map(({ kind }) => kind)).size

it("an alarm that is set off on purpose rings, and comes out smaller", () => {
  // The time is for a machine that does other things as well: it ends where nothing gets smaller.
  const left = tryAlarm(20_261_121, 30_000)
  expect(left).toBeDefined()
  expect(left).toBeLessThan(10)
}, 90_000)
