import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openClient, openEngine, tempFile } from "./engine.ts"

const go = defineSignal("go", Schema.Void)

/** Executions by step key and by the name of the host that ran them. */
const setup = (names: ReadonlyArray<string>) => {
  const executions: Array<{ readonly key: string; readonly host: string }> = []
  const workflow = (run: (id: string) => Effect.Effect<number, never, any>) =>
    defineWorkflow("seq", { input: Schema.String, output: Schema.Number, run: run as never })
  const stepsOf = (host: string) => [
    defineStep("flaky", {
      input: Schema.String,
      output: Schema.Number,
      retry: { attempts: 3, initial: 5 },
      run: (_, { attempt, idempotencyKey: key }) =>
        Effect.suspend(() => {
          executions.push({ key, host })
          return attempt < 2 ? Effect.die("first") : Effect.succeed(1)
        })
    })
  ]
  return { executions, workflow, hosts: names.map((host) => ({ host, steps: stepsOf(host) })) }
}

describe("two hosts on one file", () => {
  live("share the work, and each step is accepted once", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { executions, hosts, workflow } = setup(["a", "b"])
      const [first] = hosts
      const flaky = first?.steps[0]
      if (flaky === undefined) throw new Error("no step")
      const sequence = workflow((id) =>
        Effect.map(
          Effect.forEach([0, 1, 2, 3], (i) => flaky(`${id}/${i}`)),
          (all) => all.length
        )
      )
      for (const { steps } of hosts) yield* openEngine({ filename, workflows: [sequence], steps })
      const client = yield* openClient(filename)
      const ids = Array.from({ length: 60 }, (_, i) => `r${i}`)
      yield* Effect.forEach(ids, (id) => client.start(sequence, { runId: id, input: id }), { concurrency: 8 })
      const outcomes = yield* Effect.forEach(ids, (id) => client.wait(sequence, id), { concurrency: "unbounded" })
      expect(outcomes).toEqual(ids.map(() => 4))
      const byKey = Map.groupBy(executions, ({ key }) => key)
      expect(byKey.size).toBe(240)
      // Each step fails once by itself. No host was lost, so nothing runs again.
      for (const [key, all] of byKey) expect(`${key}: ${all.length}`).toBe(`${key}: 2`)
      for (const host of ["a", "b"]) expect(executions.filter((one) => one.host === host).length).toBeGreaterThan(20)
    })
  )

  live("a host that is behind acts on a timer when the one that is ahead is gone", () =>
    // The sleep is long enough for all runs to be seen asleep at once, whatever else this machine does.
    Effect.gen(function* () {
      const filename = yield* tempFile
      const step = defineStep("step", { input: Schema.Void, output: Schema.Void, run: () => Effect.void })
      const sleeps = defineWorkflow("sleeps", {
        input: Schema.Void,
        output: Schema.String,
        run: Effect.fn(function* () {
          yield* go.receive
          yield* step()
          yield* Effect.sleep(6_000)
          yield* step()
          return "through"
        })
      })
      const options = { filename, workflows: [sleeps], steps: [step], quiet: "1 hour" as const }
      const behind = yield* openEngine(options)
      const client = yield* openClient(filename)
      const ids = Array.from({ length: 10 }, (_, i) => `r${i}`)
      yield* Effect.forEach(ids, (runId) => client.start(sleeps, { runId, input: undefined }))
      yield* eventually(
        "all wait",
        Effect.map(client.list({ status: "running" }), ({ runs }) => runs.length === ids.length)
      )
      const ahead = yield* openEngine(options)
      yield* Effect.forEach(ids, (runId) => ahead.client.signal(runId, go, undefined), { concurrency: 4 })
      const asleep = Effect.forEach(ids, (runId) => client.get(runId))
      yield* eventually(
        "all sleep",
        Effect.map(asleep, (runs) => runs.every(({ waitingFor }) => waitingFor[0]?.kind === "timer"))
      )
      yield* ahead.close
      const outcomes = Effect.forEach(ids, (runId) => client.wait(sleeps, runId), { concurrency: "unbounded" })
      expect(yield* Effect.timeout(outcomes, 14_000)).toEqual(ids.map(() => "through"))
      expect(behind.logged).toEqual([])
    })
  )

  live("of which one does not know the workflow still bring it to its end", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const step = defineStep("step", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) => Effect.succeed(n + 1)
      })
      const chain = defineWorkflow("chain", {
        input: Schema.Number,
        output: Schema.Number,
        run: Effect.fn(function* (n: number) {
          let sum = n
          for (let i = 0; i < 8; i++) sum = yield* step(sum)
          return sum
        })
      })
      yield* openEngine({ filename, workflows: [], steps: [step] })
      const knows = yield* openEngine({ filename, workflows: [chain], steps: [step], sweepInterval: 200 })
      const ids = Array.from({ length: 10 }, (_, i) => `r${i}`)
      yield* Effect.forEach(ids, (runId) => knows.client.start(chain, { runId, input: 0 }), { concurrency: 4 })
      const outcomes = Effect.forEach(ids, (runId) => knows.client.wait(chain, runId), { concurrency: "unbounded" })
      expect(yield* Effect.timeout(outcomes, 10_000)).toEqual(ids.map(() => 8))
    })
  )

  live("in one process take nothing out of each other's hands", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      let executions = 0
      const slow = defineStep("slow", {
        input: Schema.Void,
        output: Schema.Number,
        run: () =>
          Effect.andThen(
            Effect.sync(() => void executions++),
            Effect.as(Effect.sleep(500), 1)
          )
      })
      const once = defineWorkflow("once", { input: Schema.Void, output: Schema.Number, run: () => slow() })
      const options = { filename, workflows: [once], steps: [slow] }
      const first = yield* openEngine(options)
      yield* first.client.start(once, { runId: "r", input: undefined })
      yield* eventually(
        "the step is at work",
        Effect.sync(() => executions === 1)
      )
      const second = yield* openEngine(options)
      expect(yield* second.client.wait(once, "r")).toBe(1)
      expect(executions).toBe(1)
    })
  )

  live("of which one shuts down leave its queue to the other at once", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const slow = defineStep("slow", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) => Effect.as(Effect.sleep(20), n)
      })
      const wide = defineWorkflow("wide", {
        input: Schema.Void,
        output: Schema.Number,
        run: () =>
          Effect.map(
            Effect.all(
              Array.from({ length: 60 }, (_, n) => slow(n)),
              { concurrency: "unbounded" }
            ),
            (all) => all.length
          )
      })
      const first = yield* openEngine({ filename, workflows: [wide], steps: [slow], stepConcurrency: 2 })
      const second = yield* openEngine({ filename, workflows: [wide], steps: [slow], stepConcurrency: 2 })
      yield* first.client.start(wide, { runId: "r", input: undefined })
      const answered = Effect.map(second.table.readRun("r"), ({ messages }) => messages.length > 10)
      yield* eventually("some steps are through", answered)
      yield* first.close
      expect(yield* Effect.timeout(second.client.wait(wide, "r"), 8_000)).toBe(60)
    })
  )
})
