import { describe, expect, it } from "vitest"
import type { Plan } from "../../../simulation/plan.ts"
import { chunkOf } from "../../../simulation/search.ts"
import { runSchedule } from "../../../simulation/simulation.ts"
import { inMacrotask } from "../../../simulation/wire/world/microtasks.ts"
import { onWire } from "../../../simulation/wire/world/wireWorld.ts"
import { differInTwoOrders } from "../differInTwoOrders.ts"

const schedules = chunkOf(20_261_129, 60)

const run = (plan: Plan, traced = false) => inMacrotask(() => runSchedule(plan, { ground: onWire, traced }))

describe("a schedule on the wire", () => {
  it("is the same to the last byte each time", async () => {
    for (const plan of schedules.slice(0, 5)) {
      const first = JSON.stringify((await run(plan, true)).trace)
      expect(first.length).toBeGreaterThan(500)
      for (let again = 0; again < 3; again++) expect(JSON.stringify((await run(plan, true)).trace)).toBe(first)
    }
  })

  it("is the same whatever ran before it, and however long the stacks of errors are", async () => {
    // In the last of them a page ends behind the outcome of a step that has failed.
    const differ = await differInTwoOrders(chunkOf(20_261_122, 175).slice(169), (plan) => run(plan, true))
    expect(differ).toEqual([])
  })

  it("holds all invariants, with the real adapters under the hosts and clients", async () => {
    for (const [index, plan] of schedules.entries()) {
      const { violation } = await run(plan)
      expect([index, violation?.message]).toEqual([index, undefined])
    }
  })

  it("finds a run by its tags that two hosts have begun at once", async () => {
    const { violation } = await run(chunkOf(92, 176)[175] as Plan)
    expect(violation?.message).toBeUndefined()
  })

  it("is not run where promises could not go on", async () => {
    await Promise.resolve()
    expect(() => runSchedule(schedules[0] as Plan, { ground: onWire })).toThrow("macrotask")
  })
})
