import {
  checkWorkflow,
  fails,
  outcomes,
  replayAll,
  replayHistory,
  succeeds,
  TestRuntime,
  writeHistory
} from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defineStep, defineWorkflow, forEachStep } from "../../src/index.ts"
import { exportRun } from "../../src/inspection.ts"
import { live, openEngine } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

class Odd extends Schema.TaggedError<Odd>()("Odd", {}) {}

const work = defineStep("work", {
  input: Schema.Int,
  output: Schema.String,
  error: Odd,
  retry: { attempts: 1 },
  run: (number) => (number % 2 === 1 ? Effect.fail(new Odd()) : Effect.succeed("x".repeat(2_000)))
})

const many = defineWorkflow("many", {
  input: Schema.Array(Schema.Int),
  output: Schema.Struct({ tag: Schema.String, letters: Schema.String }),
  run: Effect.fn(function* (items) {
    const result = yield* forEachStep(items, work, { concurrency: 6, batch: 3, tolerate: { percent: 30 } })
    const letters = (yield* result.outcomes).map(({ _tag }) => _tag[0]).join("")
    return { tag: result._tag, letters }
  })
})

describe("forEachStep in child runs, in virtual time", () => {
  it("runs steps as stand-ins say, and keeps large results", async () => {
    const runtime = new TestRuntime({ steps: { work: succeeds("y".repeat(5_000)) } })
    const run = await runtime.start(many, { input: [1, 2, 3, 4, 5, 6, 7] })
    expect(run.outcome).toEqual({ tag: "succeeded", value: { tag: "AllSucceeded", letters: "SSSSSSS" } })
    expect(run.children.map(({ workflow }) => workflow)).toEqual(Array(3).fill("dynactor.each.work"))
  })

  it("runs the step's own code", async () => {
    const run = await new TestRuntime({ steps: { work } }).start(many, { input: [2, 3, 4, 6, 8, 10, 12] })
    expect(run.outcome).toMatchObject({ value: { tag: "Enough", letters: "SFSSSSS" } })
  })

  it("ends early", async () => {
    const run = await new TestRuntime({ steps: { work: fails(new Odd()) } }).start(many, {
      input: [1, 2, 3, 4, 5, 6, 7]
    })
    expect(run.outcome).toMatchObject({ value: { tag: "NotEnough", letters: expect.stringMatching(/^FFF[FCN]{4}$/) } })
  })

  it("survives anything", { timeout: 60_000 }, async () => {
    const report = await checkWorkflow(many, {
      schedules: 150,
      input: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
      steps: { work: outcomes("short", "z".repeat(9_000), new Odd()) }
    })
    expect(report.outcomes.succeeded).toBeGreaterThan(50)
    expect(report.outcomes.cancelled).toBeGreaterThan(5)
  })
})

describe("a child run of forEachStep", () => {
  live("is replayed by its step: no workflow of the user's is its own", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ workflows: [many], steps: [work] })
      yield* engine.client.execute(many, { runId: "m", input: [2, 4, 6, 8] })
      const { runs } = yield* engine.client.list({ workflow: "dynactor.each.work" })
      const histories = yield* Effect.forEach(["m", ...runs.map(({ runId }) => runId)], (runId) =>
        Effect.provideContext(exportRun(runId), engine.services)
      )
      expect(histories).toHaveLength(3)
      for (const history of histories.slice(1)) {
        expect(replayHistory(work, history)).toMatchObject({ workflow: "dynactor.each.work", outcome: "same" })
        expect(() => replayHistory(many, history)).toThrow(/dynactor\.each\.work/)
      }
      const folder = temporaryFolder("histories")
      for (const history of histories) yield* Effect.promise(() => writeHistory(folder, history))
      const reports = yield* Effect.promise(() => replayAll(folder, [many], [work]))
      expect(reports.map(({ outcome }) => outcome)).toEqual(["same", "same", "same"])
    })
  )
})
