import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { segmentLength } from "../../src/actor/history/head.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

const add = defineStep("add", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n + 1) })
const go = defineSignal("go", Schema.Number)

const chain = defineWorkflow("chain", {
  input: Schema.Number,
  output: Schema.Number,
  run: Effect.fn(function* (length: number) {
    let n = 0
    for (let i = 0; i < length; i++) n = yield* add(n)
    return n
  })
})

/** Stands still in the middle, until it is told to go on. */
const halves = defineWorkflow("halves", {
  input: Schema.Number,
  output: Schema.Number,
  run: Effect.fn(function* (length: number) {
    let n = 0
    for (let i = 0; i < length; i++) {
      if (i === length / 2) n += yield* go.receive
      n = yield* add(n)
    }
    return n
  })
})

describe("a fan-out", () => {
  live("of a hundred steps costs few commits", () =>
    Effect.gen(function* () {
      const wide = defineWorkflow("wide", {
        input: Schema.Void,
        output: Schema.Number,
        run: () =>
          Effect.map(
            Effect.all(
              Array.from({ length: 100 }, (_, n) => add(n)),
              { concurrency: "unbounded" }
            ),
            (all) => all.reduce((a, b) => a + b)
          )
      })
      const { client, table } = yield* openEngine({ workflows: [wide], steps: [add] })
      expect(yield* client.execute(wide, { runId: "r", input: undefined })).toBe(5_050)
      const head = yield* table.readHead("r")
      expect(head?.adopted).toBe(101)
      // The start, the end, and little in between.
      expect(head?.version).toBeLessThanOrEqual(5)
    })
  )

  live("of bounded concurrency keeps its bound", () =>
    Effect.gen(function* () {
      let under = 0
      let most = 0
      const slow = defineStep("slow", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) =>
          Effect.gen(function* () {
            most = Math.max(most, ++under)
            yield* Effect.sleep(2)
            under--
            return n
          })
      })
      const bounded = defineWorkflow("bounded", {
        input: Schema.Void,
        output: Schema.Number,
        run: () =>
          Effect.map(
            Effect.forEach(
              Array.from({ length: 40 }, (_, n) => n),
              (n) => slow(n),
              { concurrency: 7 }
            ),
            (all) => all.length
          )
      })
      const { client } = yield* openEngine({ workflows: [bounded], steps: [slow] })
      expect(yield* client.execute(bounded, { input: undefined })).toBe(40)
      expect(most).toBeLessThanOrEqual(7)
      expect(most).toBeGreaterThan(1)
    })
  )
})

describe("a long run", () => {
  live("of 300 steps spills its order into segments, and reloads from them", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openEngine({ filename, workflows: [halves], steps: [add] })
      yield* first.client.start(halves, { runId: "r", input: 300 })
      yield* eventually("the first half is through", first.table.readMessage("r", "step/add#149"))
      const half = yield* first.table.readRun("r")
      expect(half.head?.segments).toBeGreaterThanOrEqual(Math.floor(140 / segmentLength))
      for (const keys of half.segments) expect(keys.length).toBe(segmentLength)
      yield* first.close
      const second = yield* openEngine({ filename, workflows: [halves], steps: [add] })
      yield* second.client.signal("r", go, 1_000)
      expect(yield* second.client.wait(halves, "r")).toBe(1_300)
      const { head, segments } = yield* second.table.readRun("r")
      const order = [...segments.slice(0, head?.segments).flat(), ...(head?.tail ?? [])]
      expect(order.length).toBe(302)
      expect(new Set(order).size).toBe(302)
      expect(order.filter((key) => key.startsWith("step/"))).toEqual(
        Array.from({ length: 300 }, (_, i) => `step/add#${i}`)
      )
      expect((yield* second.client.history("r")).map(({ position }) => position)).toEqual(
        Array.from({ length: 302 }, (_, i) => i)
      )
      expect(head?.version).toBeLessThanOrEqual(304)
    })
  )

  live("keeps its head small, whatever its length", () =>
    Effect.gen(function* () {
      const { client, table } = yield* openEngine({ workflows: [halves], steps: [add] })
      yield* client.start(halves, { runId: "r", input: 400 })
      yield* eventually("the first half is through", table.readMessage("r", "step/add#199"))
      const head = yield* table.readHead("r")
      expect(head?.tail.length).toBeLessThan(2 * segmentLength)
      expect(JSON.stringify(head).length).toBeLessThan(2_048)
    })
  )
})

describe("warm and evicted actors", () => {
  const outcomes = (warmRuns: number) =>
    Effect.gen(function* () {
      const { client, table } = yield* openEngine({ workflows: [halves, chain], steps: [add], warmRuns })
      const ids = Array.from({ length: 12 }, (_, i) => `r${i}`)
      yield* Effect.forEach(ids, (runId, i) => client.start(i % 2 === 0 ? halves : chain, { runId, input: 10 }))
      yield* Effect.forEach(ids, (runId, i) => (i % 2 === 0 ? client.signal(runId, go, i) : Effect.void))
      return yield* Effect.forEach(ids, (runId, i) =>
        Effect.gen(function* () {
          const outcome = yield* client.wait(i % 2 === 0 ? halves : chain, runId)
          const steps = (yield* table.readRun(runId)).messages.filter(({ kind }) => kind === "step")
          return {
            runId,
            outcome,
            steps: steps.map((row) => (row.kind === "step" ? `${row.key} ${row.fingerprint}` : "")).toSorted()
          }
        })
      )
    })

  live("come to the same results", () =>
    Effect.gen(function* () {
      const warm = yield* outcomes(1_000)
      expect(warm.map(({ outcome }) => outcome)).toEqual(
        Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 10 + i : 10))
      )
      expect(yield* outcomes(1)).toEqual(warm)
    })
  )
})

describe("many runs", () => {
  live("a thousand at once all come to their own end", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows: [chain], steps: [add] })
      const lengths = Array.from({ length: 1_000 }, (_, i) => i % 4)
      const all = yield* Effect.forEach(
        lengths,
        (length, i) => client.execute(chain, { runId: `r${i}`, input: length }),
        {
          concurrency: "unbounded"
        }
      )
      expect(all).toEqual(lengths)
    })
  )

  live("are not held up by one that is poisoned, nor by one whose inline step takes for ever", () =>
    Effect.gen(function* () {
      const poisoned = defineWorkflow("poisoned", { input: Schema.Void, output: Schema.Void, run: () => Effect.never })
      const stuck = defineStep("stuck", {
        input: Schema.Void,
        output: Schema.Void,
        inline: true,
        timeout: "Infinity",
        run: () => Effect.never
      })
      const hanging = defineWorkflow("hanging", { input: Schema.Void, output: Schema.Void, run: () => stuck() })
      const { client } = yield* openEngine({
        workflows: [poisoned, hanging, chain],
        steps: [add, stuck],
        sweepInterval: 20,
        grace: 100
      })
      for (let i = 0; i < 5; i++) yield* client.start(poisoned, { runId: `poisoned${i}`, input: undefined })
      yield* client.start(hanging, { runId: "hanging", input: undefined })
      yield* eventually(
        "all are parked",
        Effect.map(client.list({ status: "parked" }), ({ runs }) => runs.length === 5)
      )
      // One after another: each is a batch of doorbells of its own.
      for (let i = 0; i < 100; i++) {
        expect(yield* Effect.timeout(client.execute(chain, { runId: `r${i}`, input: 1 }), 5_000)).toBe(1)
      }
    })
  )
})
