import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import {
  defineSignal,
  defineStep,
  defineWorkflow,
  type ForEachStepOptions,
  forEachStep,
  type ManyResult,
  outputsOrFail
} from "../../src/index.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually, live, openEngine, tempFile, withSql } from "../streams/engine.ts"

class Odd extends Schema.TaggedError<Odd>()("Odd", { number: Schema.Int }) {}

/** Fails for each number of which this says so, and tells how many are under way. */
const watched = {
  failing: (_number: number) => false,
  hanging: (_number: number) => false,
  /** None comes to its end before as many have been under way at a time. */
  together: 1,
  underWay: 0,
  most: 0,
  runs: 0
}
const watch = (more: Partial<typeof watched> = {}) =>
  Object.assign(
    watched,
    { failing: () => false, hanging: () => false, together: 1, underWay: 0, most: 0, runs: 0 },
    more
  )

const areTogether = Effect.sleep("2 millis").pipe(
  Effect.repeat({ until: () => watched.most >= watched.together }),
  Effect.timeoutOption("20 seconds")
)

const work = defineStep("work", {
  input: Schema.Int,
  output: Schema.Int,
  error: Odd,
  retry: { attempts: 1 },
  run: (number) =>
    Effect.suspend(() => {
      watched.runs++
      watched.most = Math.max(watched.most, ++watched.underWay)
      const answer = watched.hanging(number)
        ? Effect.never
        : watched.failing(number)
          ? Effect.fail(new Odd({ number }))
          : Effect.succeed(number * 2)
      return Effect.ensuring(
        Effect.andThen(areTogether, answer),
        Effect.sync(() => void watched.underWay--)
      )
    })
})

const large = defineStep("large", {
  input: Schema.Int,
  output: Schema.String,
  run: async (number) => String(number % 10).repeat(10_000)
})

const summaryOf = <Out, Err>(many: ManyResult<Out, Err>) =>
  Effect.gen(function* () {
    const { _tag, cancelled, failed, failures, pages, reason, started, succeeded, total } = many
    const outcomes = (yield* many.outcomes).map((one) => one._tag[0]).join("")
    const failedAt = failures.map(({ index }) => index)
    return { _tag, reason, total, started, succeeded, failed, cancelled, outcomes, failedAt, pages: pages.length }
  })

const Numbers = Schema.Array(Schema.Int)
const Options = Schema.Any as Schema.Codec<ForEachStepOptions, any>

const summed = defineWorkflow("summed", {
  input: Schema.Struct({ items: Numbers, options: Options }),
  output: Schema.Any,
  run: ({ items, options }) => Effect.flatMap(forEachStep(items, work, options), summaryOf)
})

const outputs = defineWorkflow("outputs", {
  input: Schema.Struct({ items: Numbers, options: Options }),
  output: Numbers,
  run: ({ items, options }) => forEachStep(items, work, options).pipe(outputsOrFail, Effect.orDie)
})

const largeOnes = defineWorkflow("largeOnes", {
  input: Schema.Struct({ count: Schema.Int, batch: Schema.Int }),
  output: Schema.Struct({ lengths: Schema.Array(Schema.Int), letters: Schema.String }),
  run: Effect.fn(function* ({ batch, count }) {
    const items = Array.from({ length: count }, (_, index) => index)
    const many = yield* forEachStep(items, large, { concurrency: 50, batch })
    const lengths: Array<number> = []
    let letters = ""
    for (const page of many.pages) {
      const outcomes = yield* page
      lengths.push(outcomes.length)
      for (const one of outcomes) letters += one._tag === "Succeeded" ? one.output[0] : one._tag
    }
    return { lengths, letters }
  })
})

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const workflows = [summed, outputs, largeOnes]
const steps = [work, large]
const open = (more = {}) => openEngine({ workflows, steps, ...more })

const sum = (items: ReadonlyArray<number>, options: ForEachStepOptions) =>
  Effect.flatMap(open(), ({ client }) => client.execute(summed, { runId: "r", input: { items, options } }))

describe("forEachStep in child runs", () => {
  live("gives what it gives in one", () =>
    Effect.gen(function* () {
      watch()
      const { client } = yield* open()
      const input = { items: numbers(25), options: { concurrency: 4, batch: 7 } }
      expect(yield* client.execute(outputs, { runId: "r", input })).toEqual(numbers(25).map((n) => n * 2))
      const { runs } = yield* client.list({ workflow: "dynactor.each.work" })
      expect(runs.map(({ runId }) => runId).sort()).toEqual([0, 1, 2, 3].map((n) => `r:dynactor.each.work#${n}`))
      expect(watched).toMatchObject({ runs: 25 })
      expect(watched.most).toBeLessThanOrEqual(4)
    })
  )

  live("has as many child runs at a time as its concurrency has room for", () =>
    Effect.gen(function* () {
      watch({ together: 6 })
      expect(yield* sum(numbers(30), { concurrency: 12, batch: 5 })).toMatchObject({ _tag: "AllSucceeded", pages: 6 })
      expect(watched.most).toBeLessThanOrEqual(12)
      expect(watched.most).toBeGreaterThan(5)
    })
  )

  live(
    "of 10,000 items does so by itself",
    () =>
      Effect.gen(function* () {
        watch()
        const result = yield* sum(numbers(10_000), { concurrency: "unbounded" })
        expect({ ...result, outcomes: "" }).toEqual({
          _tag: "AllSucceeded",
          reason: "completed",
          total: 10_000,
          started: 10_000,
          succeeded: 10_000,
          failed: 0,
          cancelled: 0,
          outcomes: "",
          failedAt: [],
          pages: 10
        })
        expect(result.outcomes).toBe("S".repeat(10_000))
      }),
    120_000
  )

  live("counts failures over all of them, and ends with one more than are tolerated", () =>
    Effect.gen(function* () {
      watch({ failing: (n) => n % 5 === 0 })
      const result = yield* sum(numbers(40), { concurrency: 10, batch: 10, tolerate: { count: 4 } })
      expect(result).toMatchObject({ _tag: "NotEnough", reason: "toleratedCount", total: 40, failed: 5, pages: 4 })
      expect(result.failedAt).toEqual([0, 5, 10, 15, 20])
      expect(result.outcomes.slice(30)).toBe("N".repeat(10))
      expect(result.started).toBe(result.succeeded + result.failed + result.cancelled)
    })
  )

  live("tells a child run no more failures than are left", () =>
    Effect.gen(function* () {
      watch({ failing: () => true })
      const result = yield* sum(numbers(40), { concurrency: 1, batch: 10, tolerate: { percent: 5 } })
      expect(result).toMatchObject({ reason: "toleratedPercent", failed: 3, started: 3 })
      expect(watched.runs).toBe(3)
    })
  )

  live("ends with enough that have succeeded, and asks the others to end with what they have", () =>
    Effect.gen(function* () {
      // The second child hangs after its first items.
      watch({ hanging: (n) => n >= 12 })
      const result = yield* sum(numbers(40), { concurrency: 20, batch: 10, minSuccessful: 10 })
      expect(result).toMatchObject({ _tag: "Enough", reason: "minSuccessful", failed: 0 })
      expect(result.succeeded).toBeGreaterThanOrEqual(10)
      expect(result.outcomes.slice(0, 10)).toBe("S".repeat(10))
      expect(result.outcomes.slice(10, 20)).toMatch(/^[SCN]+$/)
      expect(result.outcomes.slice(10, 20)).toContain("C")
      expect(result.outcomes.slice(20)).toBe("N".repeat(20))
    })
  )

  live("counts an item that does not fit its schema, and no other of its child run", () =>
    Effect.gen(function* () {
      watch()
      const mixed = defineWorkflow("mixed", {
        input: Schema.Null,
        output: Schema.Any,
        run: () => {
          const items = [1, "two", 3, 4, null, 6] as ReadonlyArray<any>
          return Effect.flatMap(
            forEachStep(items, work, { concurrency: 2, batch: 3, tolerate: { count: 2 } }),
            summaryOf
          )
        }
      })
      const { client } = yield* open({ workflows: [mixed] })
      expect(yield* client.execute(mixed, { runId: "r", input: null })).toMatchObject({
        _tag: "Enough",
        outcomes: "SFSSFS",
        failedAt: [1, 4]
      })
    })
  )

  live("starts no child run of a batch whose own items are more than may fail", () =>
    Effect.gen(function* () {
      watch()
      const mixed = defineWorkflow("mixed", {
        input: Schema.Null,
        output: Schema.Any,
        run: () => {
          const items = [1, "two", 3, 4, 5] as ReadonlyArray<any>
          return Effect.flatMap(
            forEachStep(items, work, { concurrency: 1, batch: 3, tolerate: { count: 0 } }),
            summaryOf
          )
        }
      })
      const { client } = yield* open({ workflows: [mixed] })
      expect(yield* client.execute(mixed, { runId: "r", input: null })).toMatchObject({
        _tag: "NotEnough",
        reason: "toleratedCount",
        started: 1,
        failed: 1,
        outcomes: "NFNNN"
      })
      expect(watched.runs).toBe(0)
      expect((yield* client.list({ workflow: "dynactor.each.work" })).runs).toEqual([])
    })
  )

  live("halves a batch whose items are too much for one value together", () =>
    Effect.gen(function* () {
      const lengths = defineStep("lengths", {
        input: Schema.String,
        output: Schema.Int,
        retry: { attempts: 1 },
        run: async (text) => text.length
      })
      const wide = defineWorkflow("wide", {
        input: Schema.Null,
        output: Schema.Any,
        run: () => {
          const items = Array.from({ length: 10 }, (_, index) => "x".repeat(2_000_000 + index))
          return Effect.flatMap(forEachStep(items, lengths, { concurrency: 10, batch: 10 }), (many) =>
            Effect.map(many.outcomes, (outcomes) => [
              many._tag,
              many.pages.length,
              outcomes.map((one) => (one._tag === "Succeeded" ? one.output - 2_000_000 : one._tag))
            ])
          )
        }
      })
      const { client } = yield* open({ workflows: [wide], steps: [lengths] })
      expect(yield* client.execute(wide, { runId: "r", input: null })).toEqual(["AllSucceeded", 1, numbers(10)])
      const { runs } = yield* client.list({ workflow: "dynactor.each.lengths" })
      expect(runs).toHaveLength(2)
    })
  )

  live("counts all items of a child run that somebody has cancelled as failed", () =>
    Effect.gen(function* () {
      watch({ hanging: (n) => n === 3 })
      const { client } = yield* open()
      const input = { items: numbers(6), options: { concurrency: 3, batch: 3, tolerate: { count: 3 } } }
      yield* client.start(summed, { runId: "r", input })
      const child = "r:dynactor.each.work#1"
      yield* eventually(
        "the child runs",
        Effect.option(client.get(child)).pipe(Effect.map((one) => one._tag === "Some"))
      )
      yield* client.cancel(child)
      expect(yield* client.wait(summed, "r")).toMatchObject({ _tag: "Enough", outcomes: "SSSFFF" })
    })
  )

  live("is cancelled with its run, child runs and all", () =>
    Effect.gen(function* () {
      watch({ hanging: (n) => n === 4 })
      const { client } = yield* open()
      yield* client.start(summed, { runId: "r", input: { items: numbers(6), options: { concurrency: 6, batch: 3 } } })
      const child = "r:dynactor.each.work#1"
      yield* eventually(
        "it hangs",
        Effect.sync(() => watched.runs === 6)
      )
      yield* client.cancel("r")
      yield* Effect.flip(client.wait(summed, "r"))
      const { status } = yield* client.get(child)
      expect(status).toBe("cancelled")
    })
  )
})

describe("results", () => {
  live("that are large are kept by the payload store, and read a page at a time", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client, table } = yield* open({ filename })
      const result = yield* client.execute(largeOnes, { runId: "r", input: { count: 120, batch: 50 } })
      expect(result).toEqual({ lengths: [50, 50, 20], letters: "0123456789".repeat(12) })
      const rows = (yield* table.readRun("r")).messages
      const child = rows.find((row) => row.kind === "child")
      expect(JSON.stringify(child).length).toBeLessThan(2_000)
      // Read as they are: nothing is copied into the history.
      const read = rows.filter((row) => row.kind === "step" && row.key.startsWith("dynactor.readPage"))
      expect(read).toHaveLength(3)
      for (const row of read) expect(JSON.stringify(row).length).toBeLessThan(1_000)
      const objects = yield* withSql(filename, (sql) => sql.prepare("select count(*) as n from payloads").get())
      // Two of them are alike, and are of two runs, each of which may be deleted alone.
      expect(objects).toEqual({ n: 3 })
    })
  )

  live("survive the process that has made them", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const go = defineSignal("go", Schema.Void)
      const later = defineWorkflow("later", {
        input: Schema.Null,
        output: Schema.Int,
        run: Effect.fn(function* () {
          const many = yield* forEachStep(numbers(20), large, { concurrency: 5, batch: 10 })
          yield* go.receive
          return (yield* many.outcomes).length
        })
      })
      const first = yield* open({ filename, workflows: [later] })
      yield* first.client.start(later, { runId: "r", input: null })
      yield* waitsFor(first.client, "r", "signal")
      yield* first.close
      const second = yield* open({ filename, workflows: [later] })
      yield* second.client.signal("r", go, undefined)
      expect(yield* second.client.wait(later, "r")).toBe(20)
    })
  )
})
