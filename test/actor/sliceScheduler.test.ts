import type * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { SliceScheduler } from "../../src/actor/runtime/sliceScheduler.ts"

const fiber = {} as Fiber.Fiber<unknown, unknown>

const scheduler = (budget = 1_000) => {
  const strays: Array<"stray"> = []
  return { strays, scheduler: new SliceScheduler(budget, () => strays.push("stray")) }
}

describe("a slice", () => {
  it("runs what becomes runnable by priority, and in the order of its coming within one", () => {
    const seen: Array<string> = []
    const { scheduler: one } = scheduler()
    const schedule = (name: string, priority: number) => one.scheduleTask(() => seen.push(name), priority)
    one.slice(() => {
      seen.push("first")
      schedule("5", 5)
      schedule("1", 1)
      schedule("9", 9)
      schedule("5 again", 5)
      schedule("3", 3)
      schedule("1 again", 1)
    })
    expect(seen).toEqual(["first", "1", "1 again", "3", "5", "5 again", "9"])
  })

  it("runs what its tasks schedule, until nothing is left", () => {
    const seen: Array<number> = []
    const { scheduler: one } = scheduler()
    const countDown = (n: number) => {
      seen.push(n)
      if (n > 0) one.scheduleTask(() => countDown(n - 1), 0)
    }
    one.slice(() => one.makeDispatcher().scheduleTask(() => countDown(3), 0))
    expect(seen).toEqual([3, 2, 1, 0])
    expect(one.alarm).toBeUndefined()
  })

  it("never yields within its budget, and has it anew each time", () => {
    const { scheduler: one, strays } = scheduler(3)
    for (let slice = 0; slice < 2; slice++) {
      one.slice(() => expect([1, 2, 3].map(() => one.shouldYield(fiber))).toEqual([false, false, false]))
    }
    expect(one.alarm).toBeUndefined()
    one.slice(() => expect([1, 2, 3, 4].map(() => one.shouldYield(fiber))).toEqual([false, false, false, true]))
    expect(one.alarm).toBe("budget")
    expect(strays).toEqual([])
  })

  it("ends at the task that set off an alarm: no other runs, now or later", () => {
    const seen: Array<string> = []
    const { scheduler: one } = scheduler(1)
    one.slice(() => {
      one.scheduleTask(() => seen.push("before"), 0)
      one.scheduleTask(() => {
        one.shouldYield(fiber)
        one.shouldYield(fiber)
      }, 0)
      one.scheduleTask(() => seen.push("after, of the same priority"), 0)
      one.scheduleTask(() => seen.push("after, of another"), 1)
    })
    one.slice(() => seen.push("another slice"))
    one.flush()
    expect(seen).toEqual(["before"])
  })

  it("is closed also by a throw, and what it throws is its caller's", () => {
    const { scheduler: one, strays } = scheduler()
    expect(() =>
      one.slice(() => {
        throw new RangeError("out")
      })
    ).toThrow("out")
    expect(one.shouldYield(fiber)).toBe(true)
    expect(one.alarm).toBe("stray")
    expect(strays).toEqual(["stray"])
  })
})

describe("outside of a slice", () => {
  it("an operation is an alarm, told once, and does not go on", () => {
    const { scheduler: one, strays } = scheduler()
    one.slice(() => {})
    expect([one.shouldYield(fiber), one.shouldYield(fiber)]).toEqual([true, true])
    expect(one.alarm).toBe("stray")
    expect(strays).toEqual(["stray"])
  })

  it("a task is an alarm, and is never run", () => {
    const seen: Array<string> = []
    const { scheduler: one, strays } = scheduler()
    one.scheduleTask(() => seen.push("task"), 0)
    one.scheduleTask(() => seen.push("task"), 0)
    one.slice(() => seen.push("slice"))
    expect(one.alarm).toBe("stray")
    expect([seen, strays]).toEqual([[], ["stray"]])
  })

  it("an alarm keeps its first cause", () => {
    const { scheduler: one, strays } = scheduler(0)
    one.slice(() => void one.shouldYield(fiber))
    expect(one.shouldYield(fiber)).toBe(true)
    expect(one.alarm).toBe("budget")
    expect(strays).toEqual([])
  })
})
