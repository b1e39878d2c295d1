import { describe, expect, it } from "vitest"
import { endSlice, withAmbient } from "../../src/actor/runtime/ambient.ts"

// What stands in for the host during a slice, met directly: `hostClock` and `hostAsynchrony` meet it from workflow code.

const during = <A>(slice: () => A): { readonly value: A; readonly notes: ReadonlyArray<string> } => {
  const notes: Array<string> = []
  let value: A | undefined
  const source = {
    now: () => 5_000,
    random: () => 0.25,
    onViolation: (what: string, instead: string) => void notes.push(`${what}: ${instead}`),
    runId: "run-1"
  }
  withAmbient(source, () => {
    value = slice()
  })
  return { value: value as A, notes }
}

const globals = () => ({
  Date,
  setTimeout,
  setInterval,
  setImmediate,
  queueMicrotask,
  fetch,
  random: Math.random,
  performanceNow: performance.now,
  promiseThen: Promise.prototype.then,
  randomUUID: crypto.randomUUID,
  getRandomValues: crypto.getRandomValues
})

describe("for the length of a slice", () => {
  it("every guarded global is another, and afterwards each is what it was", () => {
    const before = globals()
    const { value: inside, notes } = during(globals)
    for (const [name, value] of Object.entries(before)) {
      expect(inside[name as keyof typeof before], name).not.toBe(value)
      expect(globals()[name as keyof typeof before], name).toBe(value)
    }
    expect(notes).toEqual([])
  })

  it("time and randomness answer, and nothing is noted", () => {
    const { value, notes } = during(() => [Date.now(), new Date().toISOString(), performance.now(), Math.random()])
    expect(value).toEqual([5_000, "1970-01-01T00:00:05.000Z", 5_000, 0.25])
    expect(notes).toEqual([])
  })

  it("a class of dates of somebody's own is still made", () => {
    const { value } = during(() => {
      class Day extends Date {
        readonly isDay = true
      }
      return new Day()
    })
    expect([value.isDay, value.getTime(), Object.getPrototypeOf(value).constructor.name]).toEqual([true, 5_000, "Day"])
  })

  it("a timer never fires, and bears what is done to timers", () => {
    const { value, notes } = during(() => {
      const timer = setTimeout(() => {}, 0)
      return [timer.ref() === timer, timer.unref() === timer, timer.hasRef(), timer.close(), Number(timer)]
    })
    expect(value).toEqual([true, true, false, undefined, 0])
    expect(notes).toHaveLength(1)
  })

  it("crypto gives what it always does, and each use is noted", () => {
    const { value, notes } = during(() => {
      const bytes = new Uint8Array(64)
      return { uuids: [crypto.randomUUID(), crypto.randomUUID()], bytes, same: crypto.getRandomValues(bytes) === bytes }
    })
    expect(new Set(value.uuids).size).toBe(2)
    expect(value.same).toBe(true)
    expect(value.bytes.some((byte) => byte !== 0)).toBe(true)
    expect(notes).toHaveLength(3)
  })

  it("what is noted says what it was, and what to do instead", () => {
    const { notes } = during(() => {
      void fetch("http://127.0.0.1:9")
      void Promise.resolve(1).then(() => 1)
      setImmediate(() => {})
      crypto.randomUUID()
    })
    expect(notes.map((note) => note.split(": ")[0])).toEqual(["fetch", "a promise", "a timer of the host", "crypto"])
    for (const note of notes) expect(note.split(": ")[1]?.length).toBeGreaterThan(0)
  })
})

describe("what code has kept from a slice", () => {
  it("does what the host does afterwards, and notes nothing more", async () => {
    const { value: kept, notes } = during(() => ({ ...globals(), now: Date.now }))
    const [before, running] = [Date.now(), performance.now()]
    const times = [kept.now(), kept.Date.now(), new kept.Date().getTime(), Date.parse(kept.Date()) + 1_000]
    for (const time of times) expect(time).toBeGreaterThanOrEqual(before)
    expect(new kept.Date(7).getTime()).toBe(7)
    expect(kept.performanceNow()).toBeGreaterThanOrEqual(running)
    expect(new Set([kept.random(), kept.random(), kept.random()]).size).toBe(3)
    expect(kept.randomUUID()).toMatch(/^[0-9a-f-]{36}$/)
    expect(kept.getRandomValues(new Uint8Array(64)).some((byte) => byte !== 0)).toBe(true)
    await new Promise<void>((resume) => kept.setTimeout(resume, 0))
    await new Promise<void>((resume) => kept.setImmediate(resume))
    await new Promise<void>((resume) => kept.queueMicrotask(resume))
    await new Promise<void>((resume) => {
      const timer = kept.setInterval(() => {
        clearInterval(timer)
        resume()
      }, 0)
    })
    await expect(kept.fetch("nowhere:")).rejects.toThrow(TypeError)
    expect(notes).toEqual([])
  })

  it("is the host's again for a promise that looked its `then` up during the slice", async () => {
    const { value: then } = during(() => Promise.prototype.then)
    const settled = await new Promise((resolve, reject) => then.call(Promise.resolve(3), resolve, reject))
    expect(settled).toBe(3)
  })
})

describe("a slice that is stopped from outside", () => {
  it("is put right by whoever stopped it, and once more is no harm", () => {
    const before = globals()
    during(() => {
      endSlice()
      expect(globals()).toEqual(before)
      expect(Date.now()).not.toBe(5_000)
    })
    endSlice()
    expect(globals()).toEqual(before)
  })

  it("by its own throw is put right as well", () => {
    const before = globals()
    expect(() =>
      during(() => {
        throw new RangeError("out")
      })
    ).toThrow("out")
    expect(globals()).toEqual(before)
  })
})
