import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { TurnSchedule, type Urgency } from "../../src/streams/fairness/turnSchedule.ts"

/** An event loop by hand: time stands still unless it is told to go on, and nothing is called before its turn. */
class Loop {
  now = 0
  readonly begun: Array<string> = []
  private soon: Array<() => void> = []
  private next: Array<() => void> = []
  private readonly schedule = new TurnSchedule({
    now: () => this.now,
    soon: (call) => this.soon.push(call),
    next: (call) => this.next.push(call)
  })

  get asked() {
    return { soon: this.soon.length, next: this.next.length }
  }

  add(urgency: Urgency, name: string, begin: () => void = () => undefined): void {
    this.schedule.add(urgency, () => {
      this.begun.push(name)
      begin()
    })
  }

  /** A turn that takes so long to begin. */
  addLong(urgency: Urgency, name: string, ms: number): void {
    this.add(urgency, name, () => {
      this.now += ms
    })
  }

  /** One turn of the event loop; what has begun in it. */
  turn(): ReadonlyArray<string> {
    const before = this.begun.length
    const calls = this.next.splice(0)
    for (const call of calls) call()
    for (let call = this.soon.shift(); call !== undefined; call = this.soon.shift()) call()
    return this.begun.slice(before)
  }

  drain(): ReadonlyArray<string> {
    const before = this.begun.length
    while (this.asked.soon + this.asked.next > 0) this.turn()
    return this.begun.slice(before)
  }
}

describe("what wants a turn", () => {
  it("begins when all that came together is there, and is asked for once", () => {
    const loop = new Loop()
    loop.add("doorbell", "a")
    loop.add("doorbell", "b")
    expect(loop.begun).toEqual([])
    expect(loop.asked).toEqual({ soon: 1, next: 0 })
    expect(loop.turn()).toEqual(["a", "b"])
    expect(loop.asked).toEqual({ soon: 0, next: 0 })
    loop.add("timer", "c")
    expect(loop.turn()).toEqual(["c"])
  })

  it("begins by deadline, whatever its kind and whoever came first", () => {
    const loop = new Loop()
    loop.add("doorbell", "doorbell by 100")
    loop.now = 45
    loop.add("outcome", "outcome by 95")
    loop.now = 60
    loop.add("outcome", "outcome by 110")
    loop.now = 97
    loop.add("timer", "timer by 97")
    loop.now = 105
    loop.add("timer", "timer by 105")
    expect(loop.turn()).toEqual(["outcome by 95", "timer by 97", "doorbell by 100", "timer by 105", "outcome by 110"])
  })

  it("begins timers first, then outcomes, then doorbells, where all come at once", () => {
    const loop = new Loop()
    for (const urgency of ["doorbell", "outcome", "timer", "doorbell", "outcome", "timer"] as const)
      loop.add(urgency, urgency)
    expect(loop.turn()).toEqual(["timer", "timer", "outcome", "outcome", "doorbell", "doorbell"])
  })

  it.each(["timer", "outcome", "doorbell"] as const)("begins in the order in which it came: %s", (urgency) => {
    const loop = new Loop()
    const names = Array.from({ length: 100 }, (_, index) => String(index))
    for (const name of names) {
      loop.addLong(urgency, name, 0.5)
      if (Number(name) % 3 === 0) loop.now++
    }
    expect(loop.drain()).toEqual(names)
  })

  it("is let go of once it has begun, though others of its kind still wait", async () => {
    const loop = new Loop()
    const begun: Array<WeakRef<object>> = []
    const add = () => {
      const held = { run: {} }
      begun.push(new WeakRef(held.run))
      loop.add("doorbell", "one", () => {
        loop.now += held.run === undefined ? 0 : 5
      })
    }
    for (let i = 0; i < 20; i++) add()
    // One comes for each that begins: the queue is never empty.
    for (let i = 0; i < 200; i++) {
      loop.turn()
      add()
    }
    // References made in this turn of the real event loop hold until it ends.
    await new Promise(setImmediate)
    collectGarbage()
    expect(begun.length - loop.begun.length).toBe(20)
    expect(begun.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(42)
  })
})

describe("a slice", () => {
  it("ends after its time, and the rest goes on in the next turn of the event loop", () => {
    const loop = new Loop()
    for (const name of ["a", "b", "c", "d", "e"]) loop.addLong("outcome", name, 1.5)
    expect(loop.turn()).toEqual(["a", "b", "c"])
    expect(loop.asked).toEqual({ soon: 0, next: 1 })
    expect(loop.turn()).toEqual(["d", "e"])
    expect(loop.asked).toEqual({ soon: 0, next: 0 })
  })

  it("begins one at least, however long it takes", () => {
    const loop = new Loop()
    for (const name of ["a", "b"]) loop.addLong("outcome", name, 1_000)
    expect(loop.turn()).toEqual(["a"])
    expect(loop.turn()).toEqual(["b"])
  })

  it("takes what is added during it by its deadline, and asks for no second one", () => {
    const loop = new Loop()
    loop.add("outcome", "first", () => {
      loop.now += 2
      loop.add("timer", "timer")
      loop.add("doorbell", "doorbell")
    })
    loop.add("outcome", "second")
    expect(loop.turn()).toEqual(["first", "timer", "second", "doorbell"])
    expect(loop.asked).toEqual({ soon: 0, next: 0 })
  })

  it("leaves what is added between two of them to the later one", () => {
    const loop = new Loop()
    for (const name of ["a", "b"]) loop.addLong("outcome", name, 4)
    expect(loop.turn()).toEqual(["a"])
    loop.add("timer", "timer")
    expect(loop.asked).toEqual({ soon: 0, next: 1 })
    expect(loop.turn()).toEqual(["timer", "b"])
  })
})

describe("nothing waits for ever", () => {
  it.each([
    ["outcome", 50],
    ["doorbell", 100]
  ] as const)("under more timers than can begin: %s waits for those that came within %d ms", (urgency, patienceMs) => {
    const loop = new Loop()
    const addTimer = () =>
      loop.add("timer", String(loop.now), () => {
        loop.now += 2
        addTimer()
        addTimer()
      })
    addTimer()
    loop.add(urgency, "waits")
    for (let turns = 0; !loop.begun.includes("waits"); turns++) {
      if (turns > 200) throw new Error("it still waits")
      loop.turn()
    }
    const cameAt = loop.begun.slice(0, loop.begun.indexOf("waits")).map(Number)
    expect(Math.max(...cameAt)).toBe(patienceMs)
  })
})

describe("a turn that cannot begin", () => {
  const failing = () => {
    const loop = new Loop()
    loop.add("outcome", "before")
    loop.add("outcome", "fails", () => {
      throw new Error("no fiber")
    })
    loop.add("outcome", "after")
    return loop
  }

  it("is reported, and the others begin in the next turn of the event loop", () => {
    const loop = failing()
    expect(() => loop.turn()).toThrow("no fiber")
    expect(loop.begun).toEqual(["before", "fails"])
    expect(loop.turn()).toEqual(["after"])
  })

  it("leaves a schedule that goes on", () => {
    const loop = failing()
    expect(() => loop.turn()).toThrow("no fiber")
    loop.drain()
    loop.add("doorbell", "later")
    expect(loop.asked).toEqual({ soon: 1, next: 0 })
    expect(loop.turn()).toEqual(["later"])
  })
})

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}
