import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { type WarmRun, WarmRuns } from "../../src/streams/turns/warmRun.ts"
import { workflowOf } from "../actor/definitions.ts"
import { signalMessage, startMessage } from "../store/samples.ts"

const run = (runId: string): WarmRun => ({
  actor: new Actor({ workflow: workflowOf(Effect.succeed(null)), runId }),
  head: undefined,
  noticesUncertain: false
})

it.each([0, 1, 2])("as many runs are kept as there is to be room for: %i", (capacity) => {
  const warm = new WarmRuns(capacity)
  for (const runId of ["a", "b", "c"]) warm.keep(runId, run(runId))
  expect(warm.size).toBe(capacity)
  expect(["a", "b", "c"].filter((runId) => warm.get(runId) !== undefined)).toEqual(["a", "b", "c"].slice(3 - capacity))
})

const payload = (length: number) => ({ json: JSON.stringify("x".repeat(length - 2)) })

/** One that was handed so many characters. */
const heavyRun = (runId: string, characters: number): WarmRun => {
  const heavy = run(runId)
  heavy.actor.held.note(startMessage({ input: payload(characters) }))
  return heavy
}

it("runs that hold much fall out before there are too many of them, the one that was turned longest ago first", () => {
  const warm = new WarmRuns(100, 10_000)
  const turn = (runId: string, heavy: WarmRun) => {
    if (warm.peek(runId) === undefined) warm.keep(runId, heavy)
    warm.weigh(runId, heavy)
  }
  const left = () => ["light", "a", "b", "c", "d"].filter((runId) => warm.peek(runId) !== undefined)
  turn("light", heavyRun("light", 20))
  const a = heavyRun("a", 4_000)
  turn("a", a)
  turn("b", heavyRun("b", 4_000))
  turn("a", a)
  expect(left()).toEqual(["light", "a", "b"])
  turn("c", heavyRun("c", 4_000))
  expect(left()).toEqual(["light", "a", "c"])
  // One alone may be heavier than all are to be together.
  turn("d", heavyRun("d", 40_000))
  expect(left()).toEqual(["light", "d"])
})

it("a long history weighs, however small its messages are", () => {
  const warm = new WarmRuns(100, 50_000)
  const longRun = (runId: string, messages: number) => {
    const long = run(runId)
    const { actor } = long
    actor.deliver(startMessage())
    for (let index = actor.order.length; index < messages; index++) actor.order.push(`signal/s/${index}`)
    warm.keep(runId, long)
    warm.weigh(runId, long)
  }
  longRun("short", 90)
  longRun("a", 300)
  longRun("b", 150)
  expect(["short", "a", "b"].filter((runId) => warm.peek(runId) !== undefined)).toEqual(["short", "a", "b"])
  longRun("c", 200)
  expect(["short", "a", "b", "c"].filter((runId) => warm.peek(runId) !== undefined)).toEqual(["short", "b", "c"])
})

it("what has ended or was thrown out weighs nothing any more, and is not weighed again", () => {
  const warm = new WarmRuns(2, 10_000)
  const runs = new Map(["a", "b", "c", "d"].map((runId) => [runId, heavyRun(runId, 4_000)]))
  const turn = (runId: string) => {
    warm.keep(runId, runs.get(runId) as WarmRun)
    warm.weigh(runId, runs.get(runId) as WarmRun)
  }
  turn("a")
  warm.finish("a")
  warm.weigh("a", runs.get("a") as WarmRun)
  turn("b")
  warm.evict("b")
  turn("c")
  turn("d")
  expect(warm.size).toBe(2)
  turn("b")
  expect(["b", "c", "d"].filter((runId) => warm.peek(runId) !== undefined)).toEqual(["b", "d"])
})

it("a run holds its input and the last of what it was handed", () => {
  const { held } = heavyRun("r", 5_000).actor
  expect(held.characters).toBe(5_000)
  held.note(signalMessage("s", "small", payload(100)))
  expect(held.characters).toBe(5_000)
  for (let i = 0; i < 200; i++) held.note(signalMessage("s", String(i), payload(2_000)))
  expect(held.characters).toBe(5_000 + 64 * 2_000)
})

it("whatever is used, thrown out and kept in whatever order, what was used longest ago falls out first", () => {
  const id = fc.constantFrom("a", "b", "c", "d", "e")
  const act = fc.tuple(fc.constantFrom("turn", "turn", "turn", "evict", "peek"), id)
  const runs = new Map(["a", "b", "c", "d", "e"].map((runId) => [runId, heavyRun(runId, 4_000)] as const))
  fc.assert(
    fc.property(
      fc.array(act, { maxLength: 40, size: "max" }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      (acts, most, isByWeight) => {
        const warm = isByWeight ? new WarmRuns(100, most * 4_000) : new WarmRuns(most)
        let expected: ReadonlyArray<string> = []
        for (const [what, runId] of acts) {
          const heavy = runs.get(runId) as WarmRun
          if (what === "turn") {
            if (warm.get(runId) === undefined) warm.keep(runId, heavy)
            warm.weigh(runId, heavy)
            expected = [...expected.filter((one) => one !== runId), runId].slice(-most)
          } else if (what === "evict") {
            warm.evict(runId)
            expected = expected.filter((one) => one !== runId)
          } else warm.peek(runId)
          expect([...runs.keys()].filter((one) => warm.peek(one) !== undefined)).toEqual([...expected].sort())
        }
      }
    )
  )
})
