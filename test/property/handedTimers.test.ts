import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { HandedTimers } from "../../src/store/sqlite/handedTimers.ts"
import type { Delivery } from "../../src/store/stepQueue.ts"
import { holds } from "./settings.ts"

// The heap against a list that is searched from end to end.

type Action =
  | { readonly do: "add"; readonly inMs: number; readonly tag: number | null }
  | { readonly do: "clear"; readonly tag: number }
  | { readonly do: "take"; readonly afterMs: number; readonly limit: number }

/** Few times and few tags, so that they meet. */
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      inMs: fc.integer({ min: -5, max: 40 }),
      tag: fc.option(fc.nat(15))
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), tag: fc.nat(15) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      afterMs: fc.nat(12),
      limit: fc.integer({ min: 1, max: 6 })
    })
  }
)

interface Entry {
  readonly receipt: string
  readonly due: number
  readonly tag: string | null
}

describe("handed timers", () => {
  it("come out by their time, those of one time as they were sent, each once, none before it, and none that was cleared", () => {
    const all = fc.array(actions, { maxLength: 120, size: "max" })
    holds(all, 1_000, JSON.stringify, (todo) => {
      const timers = new HandedTimers()
      let expected: Array<Entry> = []
      let now = 1_000
      const clear = (tag: string) => {
        timers.clear(tag)
        expected = expected.filter((entry) => entry.tag !== tag)
      }
      const take = (limit: number) => {
        const taken = timers.takeDue(now, limit)
        const due = expected.filter((entry) => entry.due <= now).sort((a, b) => a.due - b.due)
        expect(taken.map(({ receipt }) => receipt)).toEqual(due.slice(0, limit).map((entry) => entry.receipt))
        for (const { receipt } of taken) {
          expect(expected.some((entry) => entry.receipt === receipt)).toBe(true)
          expected = expected.filter((entry) => entry.receipt !== receipt)
        }
      }
      for (const [index, action] of todo.entries()) {
        switch (action.do) {
          case "add": {
            const tag = action.tag === null ? null : String(action.tag)
            // There is one of a name at a time: setting it again clears the one before.
            if (tag !== null) clear(tag)
            const entry = { receipt: `${index}:1`, due: now + action.inMs, tag }
            timers.add(deliveryOf(entry), tag)
            expected.push(entry)
            break
          }
          case "clear":
            clear(String(action.tag))
            break
          case "take":
            now += action.afterMs
            take(action.limit)
        }
        // It may say a time at which nothing is left to do, never one that is too late.
        const next = Math.min(...expected.map((entry) => entry.due))
        expect(timers.nextAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next)
      }
      now += 1_000
      take(todo.length)
      expect(expected).toEqual([])
      expect(timers.nextAt).toBeUndefined()
    })
  })
})

const deliveryOf = ({ receipt, due }: Entry): Delivery => ({
  receipt,
  message: { kind: "timer", runId: "r", key: receipt, due, index: 0, token: null, notBefore: due },
  receives: 1
})
