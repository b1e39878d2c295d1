import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { type Engine, eventually, live } from "./engine.ts"

const setUp = () => {
  const gate = { open: true }
  const double = defineStep("double", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n * 2) })
  const slow = defineStep("slow", {
    input: Schema.Void,
    output: Schema.Void,
    run: () => Effect.repeat(Effect.sleep(5), { until: () => gate.open })
  })
  const look = defineStep("look", {
    input: Schema.Int,
    output: Schema.Int,
    inline: true,
    run: (n) => Effect.succeed(n)
  })
  /** Says something in every kind of turn. */
  const talks = defineWorkflow("talks", {
    input: Schema.Int,
    output: Schema.Int,
    run: Effect.fn(function* (n: number) {
      yield* Effect.log("begun")
      const doubled = yield* double(n)
      yield* Effect.log("doubled")
      yield* look(doubled)
      yield* Effect.log("looked")
      yield* Effect.sleep(5)
      yield* Effect.logWarning("slept")
      return doubled
    })
  })
  return { gate, double, slow, look, talks, workflows: [talks], steps: [double, slow, look] as const }
}

const said = ({ entries }: Engine, run: string) =>
  entries
    .filter(({ annotations }) => annotations.run === run && annotations.workflow === "talks")
    .map(({ text }) => text)

const all = ["begun", "doubled", "looked", "slept"]

onEachStore("What a body says", (newStore) => {
  live("goes to loggers that use timers, fetch and promises, and parks no run", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { talks, ...definitions } = setUp()
      const later: Array<string> = []
      const asynchronous = Logger.make<unknown, Promise<void>>(async ({ message }) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        await fetch("http://127.0.0.1:1").catch(() => undefined)
        queueMicrotask(() => later.push(String(message)))
      })
      const engine = yield* open({ ...definitions, loggers: [asynchronous] })
      expect(yield* engine.client.execute(talks, { runId: "r", input: 1 })).toBe(2)
      yield* eventually(
        "the last line is told",
        Effect.sync(() => later.includes("slept"))
      )
      expect(said(engine, "r")).toEqual(all)
    })
  )

  live("is no harm where a logger throws or rejects: no run, step or turn is other than without it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { talks, ...definitions } = setUp()
      const throws = Logger.make<unknown, void>(() => {
        throw new Error("the logger is broken")
      })
      const rejects = Logger.make<unknown, unknown>(() => Promise.reject(new Error("the logger is broken")))
      const engine = yield* open({ ...definitions, loggers: [throws, rejects] })
      const ids = ["a", "b", "c"]
      const outcomes = yield* Effect.forEach(ids, (runId) => engine.client.execute(talks, { runId, input: 2 }), {
        concurrency: "unbounded"
      })
      expect(outcomes).toEqual([4, 4, 4])
      for (const runId of ids) {
        expect((yield* engine.client.history(runId)).map(({ key }) => key.replace(/@\d+$/, ""))).toEqual([
          "start",
          "step/double#0",
          "step/look#0",
          "timer/5ms#0"
        ])
      }
    })
  )

  live("is told from the level on that the host has set", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { talks, ...definitions } = setUp()
      const quiet = yield* open({ ...definitions, minimumLogLevel: "Warn" })
      yield* quiet.client.execute(talks, { runId: "r", input: 1 })
      yield* eventually(
        "the last line is told",
        Effect.sync(() => said(quiet, "r").length > 0)
      )
      expect(said(quiet, "r")).toEqual(["slept"])
    })
  )

  live("is said once by two hosts that share the runs", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { talks, ...definitions } = setUp()
      // Small, so that runs are rebuilt now and then.
      const hosts = [yield* open({ ...definitions, warmRuns: 5 }), yield* open({ ...definitions, warmRuns: 5 })]
      const { client } = hosts[0] as Engine
      const ids = Array.from({ length: 40 }, (_, index) => `run-${index}`)
      yield* Effect.forEach(ids, (runId) => client.execute(talks, { runId, input: 1 }), { concurrency: 20 })
      const lines = (runId: string) => hosts.flatMap((host) => said(host, runId)).toSorted()
      yield* eventually(
        "all is said",
        Effect.sync(() => ids.every((runId) => lines(runId).length >= all.length))
      )
      for (const runId of ids) expect(`${runId}: ${lines(runId)}`).toBe(`${runId}: ${all.toSorted()}`)
    })
  )

  live("before it is parked is said once, and marked; and no more when it is tried in vain", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const go = defineSignal("go", Schema.Void)
      const talks = defineWorkflow("talks", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.andThen(Effect.log("before"), Effect.never)
      })
      const engine = yield* open({ workflows: [talks] })
      yield* engine.client.start(talks, { runId: "r", input: undefined })
      const parkings = () => engine.entries.filter(({ text }) => text.startsWith("run r is parked")).length
      yield* eventually(
        "it is parked",
        Effect.sync(() => parkings() >= 1)
      )
      yield* engine.client.signal("r", go, undefined)
      // A doorbell may ring twice, and each try in vain is told.
      const before = parkings()
      yield* eventually(
        "it is tried again",
        Effect.sync(() => parkings() > before)
      )
      const lines = engine.entries.filter(({ text }) => text === "before")
      expect(lines).toEqual([
        {
          level: "Info",
          text: "before",
          annotations: { run: "r", workflow: "talks", parked: "DeterminismViolation" }
        }
      ])
    })
  )

  live(
    "is not said again by a host that is started anew",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const go = defineSignal("go", Schema.Void)
        const { double } = setUp()
        const talks = defineWorkflow("talks", {
          input: Schema.Void,
          output: Schema.Void,
          run: Effect.fn(function* () {
            yield* Effect.log("begun")
            yield* double(1)
            yield* Effect.log("doubled")
            yield* go.receive
            yield* Effect.log("gone")
          })
        })
        const definitions = { workflows: [talks], steps: [double] }
        const first = yield* open(definitions)
        yield* first.client.start(talks, { runId: "r", input: undefined })
        yield* eventually(
          "it waits",
          Effect.sync(() => said(first, "r").length === 2)
        )
        yield* first.close
        const second = yield* open(definitions)
        yield* second.client.signal("r", go, undefined)
        yield* second.client.wait(talks, "r")
        yield* eventually(
          "it has gone on",
          Effect.sync(() => said(second, "r").length > 0)
        )
        expect([said(first, "r"), said(second, "r")]).toEqual([["begun", "doubled"], ["gone"]])
      }),
    60_000
  )

  live("between steps that run side by side is said when it is said, and not with the last of them", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { double, gate, slow } = setUp()
      gate.open = false
      const talks = defineWorkflow("talks", {
        input: Schema.Void,
        output: Schema.Void,
        run: () =>
          Effect.all([slow(), Effect.andThen(double(1), Effect.log("doubled"))], {
            concurrency: "unbounded",
            discard: true
          })
      })
      const engine = yield* open({ workflows: [talks], steps: [double, slow] })
      yield* engine.client.start(talks, { runId: "r", input: undefined })
      yield* eventually(
        "the line is told",
        Effect.sync(() => said(engine, "r").length === 1)
      )
      gate.open = true
      yield* engine.client.wait(talks, "r")
      expect(said(engine, "r")).toEqual(["doubled"])
    })
  )
})
