import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { type ForEachStepOptions, forEachStep, outputsOrFail } from "../../src/index.ts"
import { Bench, broken, failed } from "../actor/bench.ts"
import { approved, charge, lookUp, workflowOf } from "../actor/definitions.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

/** What a caller sees, as JSON. `outcomes` by their first letters. */
const seen = (items: ReadonlyArray<number>, options: ForEachStepOptions) =>
  Effect.gen(function* () {
    const many = yield* forEachStep(items, charge, options)
    const { _tag, cancelled, failed, failures, reason, started, succeeded, total } = many
    const outcomes = (yield* many.outcomes).map((one) => one._tag[0]).join("")
    const outputs = many._tag === "AllSucceeded" ? yield* many.outputs : null
    const failedAt = failures.map(({ index }) => index)
    return { _tag, reason, total, started, succeeded, failed, cancelled, outcomes, outputs, failedAt }
  })

/** A run whose steps the test answers for. */
const begin = (count: number, options: ForEachStepOptions) => {
  const bench = new Bench(workflowOf(seen(numbers(count), options)))
  bench.start()
  return {
    bench,
    succeed: (...keys: ReadonlyArray<number>) => {
      for (const key of keys) bench.step(`charge#${key}`, key * 10)
    },
    fail: (...keys: ReadonlyArray<number>) => {
      for (const key of keys) bench.step(`charge#${key}`, failed({ _tag: "Declined", code: key }))
    },
    open: () => bench.actor.waiting.commands.map(({ key }) => key),
    value: () => bench.outcome?.value
  }
}

describe("forEachStep", () => {
  it("has so many under way, and the next in the order of the items", () => {
    const run = begin(5, { concurrency: 2 })
    expect(run.open()).toEqual(["charge#0", "charge#1"])
    run.succeed(1)
    expect(run.open()).toEqual(["charge#0", "charge#2"])
    run.succeed(0)
    expect(run.open()).toEqual(["charge#2", "charge#3"])
    run.succeed(3, 2, 4)
    expect(run.value()).toMatchObject({ _tag: "AllSucceeded", reason: "completed", outputs: [0, 10, 20, 30, 40] })
    expect(run.value()).toMatchObject({ total: 5, started: 5, succeeded: 5, failed: 0, cancelled: 0 })
  })

  it.each(["unbounded", Number.POSITIVE_INFINITY, 7] as const)(
    "has all under way with concurrency %s",
    (concurrency) => {
      expect(begin(7, { concurrency }).open()).toHaveLength(7)
    }
  )

  it("of nothing is all of it", () => {
    expect(begin(0, { concurrency: 1 }).value()).toMatchObject({ _tag: "AllSucceeded", total: 0, outputs: [] })
    expect(begin(0, { concurrency: 1, tolerate: { percent: 0 } }).value()).toMatchObject({ _tag: "AllSucceeded" })
    expect(begin(0, { concurrency: 1, minSuccessful: 1 }).value()).toMatchObject({
      _tag: "NotEnough",
      reason: "completed"
    })
  })

  it("tries all where nothing was said about failures, and then one is one too many", () => {
    const run = begin(4, { concurrency: 1 })
    run.fail(0)
    run.succeed(1)
    run.fail(2)
    expect(run.open()).toEqual(["charge#3"])
    run.succeed(3)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason: "completed", outcomes: "FSFS", failedAt: [0, 2] })
    const one = begin(2, { concurrency: 1 })
    one.fail(0)
    one.succeed(1)
    expect(one.value()).toMatchObject({ _tag: "NotEnough", reason: "completed", outcomes: "FS", failedAt: [0] })
  })

  it("counts what the runtime fails a step with as a failed item", () => {
    const run = begin(2, { concurrency: 2, tolerate: { count: 1 } })
    run.bench.step("charge#0", broken("charge"))
    run.succeed(1)
    expect(run.value()).toMatchObject({ _tag: "Enough", failed: 1, succeeded: 1 })
  })

  it("counts an input that does not fit its schema as a failed item", () => {
    const items = [1, "two" as unknown as number]
    const bench = new Bench(workflowOf(seen(items, { concurrency: 2 })))
    bench.start()
    bench.step("charge#0", 1)
    expect(bench.outcome?.value).toMatchObject({ _tag: "NotEnough", failedAt: [1] })
  })
})

describe("tolerate", () => {
  it("count: as many may fail, one more ends it", () => {
    const run = begin(9, { concurrency: 3, tolerate: { count: 2 } })
    run.fail(0, 1)
    expect(run.open()).toEqual(["charge#2", "charge#3", "charge#4"])
    run.fail(3)
    expect(run.value()).toMatchObject({
      _tag: "NotEnough",
      reason: "toleratedCount",
      total: 9,
      started: 5,
      failed: 3,
      succeeded: 0,
      cancelled: 2,
      outcomes: "FFCFCNNNN"
    })
  })

  it("count 0: the first ends it", () => {
    const run = begin(3, { concurrency: 1, tolerate: { count: 0 } })
    run.fail(0)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason: "toleratedCount", outcomes: "FNN" })
  })

  it("count that is used up, and no more: enough", () => {
    const run = begin(3, { concurrency: 3, tolerate: { count: 2 } })
    run.fail(0, 2)
    run.succeed(1)
    expect(run.value()).toMatchObject({ _tag: "Enough", reason: "completed", outcomes: "FSF" })
  })

  it.each([
    [10, 25, 2],
    [0, 25, 0],
    [50, 3, 1],
    [33.4, 3, 1],
    [33.3, 3, 0],
    // 8.2 * 500 is a hair less than 4100 in floating point.
    [8.2, 500, 41],
    [7, 100, 7],
    [99.9, 10, 9]
  ])("%d percent of %d items: %d may fail, and no more", (percent, total, mayFail) => {
    const run = begin(total, { concurrency: "unbounded", tolerate: { percent } })
    run.fail(...numbers(mayFail))
    expect(run.value()).toBeUndefined()
    run.fail(mayFail)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason: "toleratedPercent", failed: mayFail + 1 })
  })

  it("percent 100: all may fail", () => {
    const run = begin(3, { concurrency: 3, tolerate: { percent: 100 } })
    run.fail(0, 1, 2)
    expect(run.value()).toMatchObject({ _tag: "Enough", reason: "completed", failed: 3 })
  })

  it("percent is of all items, those not yet started included", () => {
    const run = begin(20, { concurrency: 1, tolerate: { percent: 10 } })
    run.fail(0, 1)
    expect(run.value()).toBeUndefined()
    run.fail(2)
    expect(run.value()).toMatchObject({ reason: "toleratedPercent", started: 3 })
  })

  it.each([
    [{ count: 1, percent: 50 }, "toleratedCount"],
    [{ count: 8, percent: 10 }, "toleratedPercent"],
    // One failure passes both.
    [{ count: 1, percent: 10 }, "toleratedCount"]
  ] as const)("both, %j: what is passed first is the reason, %s", (tolerate, reason) => {
    const run = begin(10, { concurrency: 2, tolerate })
    run.fail(0, 1)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason, failed: 2 })
  })

  it("is passed by the last item as by any other", () => {
    const run = begin(2, { concurrency: 1, tolerate: { count: 0 } })
    run.succeed(0)
    run.fail(1)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason: "toleratedCount" })
  })
})

describe("minSuccessful", () => {
  it("ends it as soon as so many have succeeded, and cancels what is under way", () => {
    const run = begin(6, { concurrency: 3, minSuccessful: 2 })
    run.succeed(1)
    run.fail(0)
    expect(run.value()).toBeUndefined()
    run.succeed(3)
    expect(run.value()).toMatchObject({
      _tag: "Enough",
      reason: "minSuccessful",
      outcomes: "FSCSCN",
      started: 5,
      cancelled: 2
    })
    expect(run.bench.actor.waiting.commands).toEqual([])
  })

  it("that all of the items are needed for: completed", () => {
    const run = begin(2, { concurrency: 2, minSuccessful: 2 })
    run.succeed(0, 1)
    expect(run.value()).toMatchObject({ _tag: "AllSucceeded", reason: "completed" })
  })

  it("that is not reached: not enough, and all were tried", () => {
    const run = begin(3, { concurrency: 3, minSuccessful: 2 })
    run.fail(0, 1)
    run.succeed(2)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason: "completed", failed: 2 })
  })

  it("of more than there are items: never enough, even if none has failed", () => {
    const run = begin(2, { concurrency: 2, minSuccessful: 3 })
    run.succeed(0, 1)
    expect(run.value()).toMatchObject({ _tag: "NotEnough", reason: "completed", failed: 0 })
  })

  it("beside tolerate: whichever comes first", () => {
    const options = { concurrency: 4, minSuccessful: 2, tolerate: { count: 1 } }
    const first = begin(4, options)
    first.fail(0)
    first.succeed(1, 2)
    expect(first.value()).toMatchObject({ _tag: "Enough", reason: "minSuccessful" })
    const second = begin(4, options)
    second.succeed(0)
    second.fail(1, 2)
    expect(second.value()).toMatchObject({ _tag: "NotEnough", reason: "toleratedCount" })
  })
})

describe("what cannot be", () => {
  it.each([0, Number.NaN, -1, 1.5, "2", null])("concurrency %s is refused", (concurrency) => {
    const options = { concurrency } as unknown as ForEachStepOptions
    expect(() => forEachStep([1], charge, options)).toThrow(/forEachStep of charge: concurrency is .+: a whole number/)
    expect(() => forEachStep([], charge, options)).toThrow(RangeError)
  })

  it.each([
    [{}, /concurrency/],
    [{ concurrency: 1, tolerate: {} }, /neither count nor percent/],
    [{ concurrency: 1, tolerate: { count: -1 } }, /tolerate.count is -1/],
    [{ concurrency: 1, tolerate: { count: 0.5 } }, /tolerate.count/],
    [{ concurrency: 1, tolerate: { count: Number.NaN } }, /tolerate.count is NaN/],
    [{ concurrency: 1, tolerate: { percent: 101 } }, /percent is 101: a number from 0 to 100/],
    [{ concurrency: 1, tolerate: { percent: Number.NaN } }, /percent is NaN/],
    [{ concurrency: 1, tolerate: { percentage: 3 } }, /no option "percentage"/],
    [{ concurrency: 1, minSuccessful: 0 }, /minSuccessful is 0/],
    [{ concurrency: 1, batch: 0 }, /batch is 0/],
    [{ concurrency: 1, batch: 10_000 }, /batch is 10000/],
    [{ concurrency: 1, limit: 2 }, /no option "limit"/]
  ])("%j is refused", (options, message) => {
    expect(() => forEachStep([1], charge, options as unknown as ForEachStepOptions)).toThrow(message)
  })

  it("items that are no array are refused", () => {
    expect(() => forEachStep("abc" as unknown as Array<number>, charge, { concurrency: 1 })).toThrow(TypeError)
  })

  it("what is no step is refused, and said to be none", () => {
    for (const step of [undefined, () => Effect.succeed(1)])
      expect(() => forEachStep([1], step as never, { concurrency: 1 })).toThrow(/which is no step/)
  })

  it("an option that is refused in a body is a defect of the run", () => {
    const bench = new Bench(workflowOf(Effect.suspend(() => seen([1], { concurrency: 0 }))))
    bench.start()
    expect(bench.outcome).toMatchObject({ tag: "died", value: { name: "RangeError" } })
  })
})

describe("races", () => {
  it("a cancelled run drops what is under way, and starts no more", () => {
    const run = begin(5, { concurrency: 2 })
    run.bench.cancel("enough")
    expect(run.bench.outcome).toMatchObject({ tag: "cancelled" })
    expect(run.bench.last.commands).toEqual([])
  })

  it("an answer that comes after the end was decided changes nothing", () => {
    const body = Effect.flatMap(seen(numbers(3), { concurrency: 3, minSuccessful: 1 }), (first) =>
      Effect.map(approved.receive, () => first)
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#1", 1)
    bench.step("charge#0", failed({ _tag: "Declined", code: 1 }))
    bench.signal("approved", 1)
    expect(bench.outcome?.value).toMatchObject({ outcomes: "CSC", succeeded: 1, failed: 0, cancelled: 2 })
  })

  it("where nothing can be interrupted, what is under way is waited for, and nothing more is started", () => {
    const bench = new Bench(
      workflowOf(Effect.uninterruptible(seen(numbers(6), { concurrency: 3, tolerate: { count: 0 } })))
    )
    bench.start()
    bench.step("charge#0", failed({ _tag: "Declined", code: 1 }))
    expect(bench.outcome).toBeUndefined()
    bench.step("charge#2", 2)
    bench.step("charge#1", failed({ _tag: "Declined", code: 1 }))
    expect(bench.outcome?.value).toMatchObject({ reason: "toleratedCount", outcomes: "FFSNNN", started: 3, failed: 2 })
  })

  it("two at the same time over one step give each item its own answer", () => {
    const two = Effect.all([seen([1, 2, 3], { concurrency: 1 }), seen([4, 5], { concurrency: 2 })], {
      concurrency: 2
    })
    const bench = new Bench(workflowOf(two))
    bench.start()
    for (const key of [0, 2, 1, 3, 4]) bench.step(`charge#${key}`, Number(bench.inputOf(`charge#${key}`)) * 100)
    expect(bench.outcome?.value).toMatchObject([{ outputs: [100, 200, 300] }, { outputs: [400, 500] }])
  })

  it("inline steps run in the turn, so many at a time", () => {
    const body = forEachStep(["a", "b", "c"], lookUp, { concurrency: 2 }).pipe(outputsOrFail, Effect.orDie)
    const bench = new Bench(workflowOf(body))
    expect(bench.start().inlineSteps).toHaveLength(2)
    for (const key of [0, 1, 2]) bench.step(`lookUp#${key}`, key)
    expect(bench.outcome?.value).toEqual([0, 1, 2])
  })
})

describe("outputsOrFail", () => {
  const body = (options: ForEachStepOptions) =>
    forEachStep(numbers(3), charge, options).pipe(
      outputsOrFail,
      Effect.catchTag("ItemsFailed", ({ message, _tag, ...error }) => Effect.succeed({ message, ...error }))
    )

  it("gives the outputs of those that succeeded, where they are enough", () => {
    const bench = new Bench(workflowOf(body({ concurrency: 3, tolerate: { count: 1 } })))
    bench.start()
    bench.step("charge#0", 1)
    bench.step("charge#1", failed({ _tag: "Declined", code: 7 }))
    bench.step("charge#2", 3)
    expect(bench.outcome?.value).toEqual([1, 3])
  })

  it("fails with how it went, and what the first said", () => {
    const bench = new Bench(workflowOf(body({ concurrency: 3, tolerate: { count: 0 } })))
    bench.start()
    bench.step("charge#1", broken("charge"))
    expect(bench.outcome?.value).toMatchObject({
      message:
        "1 of 3 items failed, 0 succeeded, and it ended as more had failed than were tolerated; the first was item 1: " +
        "StepFailed: out of order",
      reason: "toleratedCount",
      started: 3,
      firstFailed: [{ index: 1, message: "StepFailed: out of order" }]
    })
  })
})
