import { describe, expect, it } from "vitest"
import { onFile } from "../../../simulation/file/fileWorld.ts"
import type { Plan } from "../../../simulation/plan.ts"
import { chunkOf } from "../../../simulation/search.ts"
import { runSchedule } from "../../../simulation/simulation.ts"
import { differInTwoOrders } from "../differInTwoOrders.ts"

const schedules = chunkOf(20_261_130, 60)

const run = (plan: Plan, traced = false) => runSchedule(plan, { ground: onFile, traced })

describe("a schedule on a file of SQLite's", () => {
  it("is the same to the last byte each time", () => {
    for (const plan of schedules.slice(0, 5)) {
      const first = JSON.stringify(run(plan, true).trace)
      expect(first.length).toBeGreaterThan(500)
      for (let again = 0; again < 3; again++) expect(JSON.stringify(run(plan, true).trace)).toBe(first)
    }
  })

  it("is the same whatever ran before it, and however long the stacks of errors are", async () => {
    const differ = await differInTwoOrders(schedules.slice(0, 8), (plan) => run(plan, true))
    expect(differ).toEqual([])
  })

  it("holds all invariants, with the real adapter under the hosts and clients", () => {
    for (const [index, plan] of schedules.entries()) {
      const { violation } = run(plan)
      expect([index, violation?.message]).toEqual([index, undefined])
    }
  })

  it("claims no message for a time that is over", () => {
    expect(run(chunkOf(1, 45)[44] as Plan).violation?.message).toBeUndefined()
  })
})
