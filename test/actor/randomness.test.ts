import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { describe, expect, it } from "vitest"
import { randomUuid } from "../../src/actor/calls/uuid.ts"
import { makeSeededRandom, uuidFrom } from "../../src/actor/port/seededRandom.ts"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

const drawn = (body: Effect.Effect<unknown, never, any>, runId: string) => {
  const bench = new Bench(workflowOf(body), { runId })
  bench.start()
  // The bench rebuilds the run and compares: what was drawn before the step flows into its input, after it into the outcome.
  bench.step("echo#0")
  return bench.outcome?.value
}

const around = (draw: Effect.Effect<unknown, never, any>) =>
  Effect.gen(function* () {
    const before = yield* draw
    yield* echo(before)
    return [before, yield* draw]
  })

describe("in a workflow", () => {
  it.each<[string, Effect.Effect<unknown, never, any>]>([
    ["Random.next", Random.next],
    ["Random.nextInt", Random.nextInt],
    ["Random.nextIntBetween", Random.nextIntBetween(0, 1_000_000)],
    ["Random.shuffle", Random.shuffle(Array.from({ length: 20 }, (_, index) => index))],
    ["randomUuid", randomUuid]
  ])("%s gives the same in replay, another each time and in each run", (_, draw) => {
    const one = drawn(around(draw), "run-1") as ReadonlyArray<unknown>
    expect(drawn(around(draw), "run-1")).toEqual(one)
    expect(one[0]).not.toEqual(one[1])
    expect(drawn(around(draw), "run-2")).not.toEqual(one)
  })

  it("drawing in one domain moves nothing in another", () => {
    const uuid = (before: Effect.Effect<unknown>) => around(Effect.andThen(before, randomUuid))
    expect(drawn(uuid(Random.next), "run-1")).toEqual(drawn(uuid(Effect.void), "run-1"))
    expect(drawn(uuid(Effect.sync(() => Math.random())), "run-1")).toEqual(drawn(uuid(Effect.void), "run-1"))
  })
})

describe("seeded randomness", () => {
  it("fills [0, 1) evenly", () => {
    const random = makeSeededRandom("any")
    const buckets = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const number = random.nextDoubleUnsafe()
      expect(number >= 0 && number < 1).toBe(true)
      buckets[Math.floor(number * 10)] = (buckets[Math.floor(number * 10)] ?? 0) + 1
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  it("that is seeded anew is as one that was made of that seed, whatever it has given before", () => {
    const some = (random: ReturnType<typeof makeSeededRandom>) =>
      Array.from({ length: 5 }, () => random.nextDoubleUnsafe())
    const fresh = some(makeSeededRandom("copy"))
    for (const drawn of [0, 1, 7]) {
      const random = makeSeededRandom("source")
      for (let i = 0; i < drawn; i++) random.nextDoubleUnsafe()
      random.reseed("copy")
      expect(some(random)).toEqual(fresh)
    }
    expect(some(makeSeededRandom("source"))).not.toEqual(fresh)
  })

  it("gives safe integers, odd and even, of both signs", () => {
    const random = makeSeededRandom("any")
    const integers = Array.from({ length: 1_000 }, () => random.nextIntUnsafe())
    expect(integers.every(Number.isSafeInteger)).toBe(true)
    expect(integers.filter((one) => one > 0).length).toBeGreaterThan(400)
    expect(integers.filter((one) => one < 0).length).toBeGreaterThan(400)
    expect(integers.filter((one) => one % 2 === 0).length).toBeGreaterThan(400)
  })

  it("starts elsewhere for every run, also for run ids that differ in one character", () => {
    const firsts = Array.from({ length: 1_000 }, (_, index) =>
      makeSeededRandom(`run-${index}/Random`).nextDoubleUnsafe()
    )
    expect(new Set(firsts).size).toBe(1_000)
    expect(new Set(firsts.map((one) => Math.floor(one * 10))).size).toBe(10)
  })

  it("makes version 4 UUIDs", () => {
    const random = makeSeededRandom("any")
    const uuids = Array.from({ length: 1_000 }, () => uuidFrom(random))
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(uuids).size).toBe(1_000)
  })
})
