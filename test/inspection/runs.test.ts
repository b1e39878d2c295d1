import { continueAsNew, defineSignal, defineStep, defineWorkflow, type Workflow } from "dynactor"
import {
  costOfRun,
  definitionsOf,
  exportRun,
  generationsOf,
  importRun,
  RunCost,
  RunTree,
  readTimeline,
  runTree
} from "dynactor/inspection"
import { replayHistory } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { onEachStore } from "../client/eachStore.ts"
import { type Engine, eventually, live } from "../streams/engine.ts"
import { inStore } from "./inStore.ts"
import { Order, order, refusing } from "./orders.ts"

const text = { input: Schema.String, output: Schema.String }
const work = defineStep("work", { ...text, run: async (input) => `${input}!` })
const quick = defineStep("quick", { ...text, inline: true, run: async (input) => input })
const go = defineSignal("go", Schema.String)

const struggles = defineStep("struggles", {
  ...text,
  retry: { attempts: 3, initial: 0, jitter: 0 },
  run: async (input, { attempt }) => {
    if (attempt < 3) throw new Error("not yet")
    return input
  }
})
const struggling = defineWorkflow("struggling", { ...text, run: (input) => struggles(input) })

const leaf = defineWorkflow("leaf", { ...text, run: (input) => work(input) })
const waiting = defineWorkflow("waiting", { ...text, run: () => go.receive })
const branch = defineWorkflow("branch", {
  ...text,
  run: Effect.fn(function* (input) {
    yield* leaf.child(input)
    yield* leaf.child(input, { runId: "leaf-of-its-own" })
    return yield* waiting.child(input)
  })
})
const root = defineWorkflow("root", { ...text, run: (input) => branch.child(input) })
const rounds: Workflow<"rounds", number, string, never> = defineWorkflow("rounds", {
  input: Schema.Number,
  output: Schema.String,
  run: Effect.fn(function* (round) {
    const word = yield* go.receive
    if (round < 2) return yield* continueAsNew(rounds, round + 1)
    return `${word} ${round}`
  })
})
const plain = defineWorkflow("plain", {
  ...text,
  run: Effect.fn(function* (input) {
    const one = yield* work(input)
    yield* quick(one)
    yield* Effect.sleep("1 millis")
    return yield* work(one)
  })
})
const workflows = [leaf, waiting, branch, root, rounds, plain, struggling]
const steps = [work, quick, struggles]

onEachStore("a run", (newStore) => {
  const openOne = Effect.flatMap(newStore, (open) => open({ workflows, steps }))

  const waits = (engine: Engine, runId: string) =>
    eventually(
      `run ${runId} waits for its signal`,
      Effect.map(
        Effect.option(engine.client.get(runId)),
        (found) => found._tag === "Some" && found.value.waitingFor.some(({ kind }) => kind === "signal")
      )
    )

  live("is a tree with the runs that it has started, and those above it", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const use = inStore(engine)
      yield* engine.client.start(root, { runId: "t", input: "x" })
      yield* waits(engine, "t:branch#0:waiting#0")
      const tree = yield* use(runTree("t:branch#0", { workflows, steps }))
      expect(tree.ancestors).toEqual([{ runId: "t", workflow: "root", status: "running" }])
      expect(tree.run).toMatchObject({
        runId: "t:branch#0",
        workflow: "branch",
        status: "running",
        children: [
          { key: "leaf#0", runId: "t:branch#0:leaf#0", status: "succeeded", children: [] },
          { key: "leaf#1", runId: "leaf-of-its-own", status: "succeeded", children: [] },
          { key: "waiting#0", status: "running", children: [] }
        ]
      })
      expect(Schema.decodeUnknownSync(RunTree)(JSON.parse(JSON.stringify(tree)))).toEqual(tree)
      // Without code, one that has ended under an id of its own is named by no row.
      const blind = yield* use(runTree("t"))
      expect(blind.run.children[0]?.children.map(({ key }) => key)).toEqual(["leaf#0", "waiting#0"])
      const shallow = yield* use(runTree("t", { depth: 1 }))
      expect(shallow.run.children[0]).toMatchObject({ children: [], truncated: true })
      expect(yield* Effect.flip(use(runTree("nobody")))).toMatchObject({ _tag: "RunNotFound" })
    })
  )

  live("has generations, each with a timeline, and comes back from a file with all of them", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const use = inStore(engine)
      yield* engine.client.start(rounds, { runId: "g", input: 0 })
      for (const word of ["a", "b"]) yield* engine.client.signal("g", go, word)
      yield* eventually(
        "it is in its third",
        Effect.map(engine.client.get("g"), ({ generation, waitingFor }) => generation === 2 && waitingFor.length > 0)
      )
      const generations = yield* use(generationsOf("g"))
      expect(generations.map(({ generation, status }) => [generation, status])).toEqual([
        [0, "continued"],
        [1, "continued"],
        [2, "running"]
      ])
      expect(yield* use(readTimeline("g", { generation: 1, workflows }))).toMatchObject({
        generation: 1,
        newestGeneration: 2,
        outcome: "continued",
        commandsFrom: "code"
      })
      const exported = JSON.parse(JSON.stringify(yield* use(exportRun("g"))))
      const other = yield* openOne
      expect(yield* inStore(other)(importRun(exported))).toEqual({
        runId: "g",
        workflow: "rounds",
        status: "running",
        generations: 3,
        messages: expect.any(Number),
        isNew: true
      })
      // There it goes on with what it is sent.
      expect(yield* other.client.get("g")).toMatchObject({ generation: 2, status: "running" })
      yield* other.client.signal("g", go, "c")
      expect(yield* other.client.wait(rounds, "g")).toBe("c 2")
      expect((yield* inStore(other)(generationsOf("g"))).map(({ status }) => status)).toEqual([
        "continued",
        "continued",
        "succeeded"
      ])
    })
  )

  live("goes into a file that replays, and from it only into a store without it, unchanged", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const use = inStore(engine)
      yield* engine.client.start(plain, { runId: "e", input: "x" })
      yield* engine.client.wait(plain, "e")
      const exported = JSON.parse(JSON.stringify(yield* use(exportRun("e"))))
      expect(replayHistory(plain, exported)).toMatchObject({ runId: "e", outcome: "same" })
      const refused = (file: unknown, target = engine) => Effect.flip(inStore(target)(importRun(file)))
      expect(yield* refused(exported)).toMatchObject({ _tag: "ImportRefused", reason: "taken" })
      const other = yield* openOne
      const changed = JSON.parse(JSON.stringify(exported).replaceAll("x!", "y!"))
      expect(yield* refused(changed, other)).toMatchObject({ reason: "altered" })
      const { seal: _, ...unsealed } = exported
      expect(yield* refused(unsealed, other)).toMatchObject({ reason: "noExport" })
      expect(yield* refused({ runId: "e" }, other)).toMatchObject({ reason: "unreadable" })
      expect(yield* Effect.flip(other.client.get("e"))).toMatchObject({ _tag: "RunNotFound" })
      yield* inStore(other)(importRun(exported))
      expect(yield* other.client.wait(plain, "e")).toBe("x!!")
      const there = yield* inStore(other)(readTimeline("e", { workflows, steps }))
      const here = yield* use(readTimeline("e", { workflows, steps }))
      expect({ ...there, version: 0 }).toEqual({ ...here, version: 0 })
    })
  )

  live("has a cost in units and dollars, more for more work", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const use = inStore(engine)
      yield* engine.client.start(plain, { runId: "c", input: "x" })
      yield* engine.client.wait(plain, "c")
      yield* engine.client.start(leaf, { runId: "l", input: "x" })
      yield* engine.client.wait(leaf, "l")
      yield* engine.client.start(struggling, { runId: "s", input: "x" })
      yield* engine.client.wait(struggling, "s")
      const [large, small] = [yield* use(costOfRun("c")), yield* use(costOfRun("l"))]
      const retried = yield* use(costOfRun("s"))
      // Two attempts that another followed.
      expect(retried.units.write - retried.messages - retried.commits).toBe(1 + 2 + 2)
      const head = yield* engine.table.readHead("c")
      // Rows, commits, and the listing: one entry, and two writes for its move.
      expect(large.units.write).toBe(large.messages + (head?.version ?? 0) + 1 + 2)
      expect(large).toMatchObject({ commits: head?.version, generations: 1, calls: { objects: 0, schedules: 0 } })
      // Two queued steps and a timer, three requests each.
      expect(large.calls.sqs).toBe(9)
      expect(small.calls.sqs).toBe(3)
      expect(large.dollars.total).toBeGreaterThan(small.dollars.total)
      const { storagePerMonth: _, total, ...parts } = large.dollars
      expect(total).toBeCloseTo(
        Object.values(parts).reduce((sum, part) => sum + part, 0),
        12
      )
      expect(Schema.decodeUnknownSync(RunCost)(JSON.parse(JSON.stringify(large)))).toEqual(large)
      expect(yield* Effect.flip(use(costOfRun("nobody")))).toMatchObject({ _tag: "RunNotFound" })
    })
  )
})

describe("definitions as data", () => {
  it("have schemas for forms, names of errors, and the places of secrets", () => {
    const [first, second] = definitionsOf([refusing, order])
    expect(first).toMatchObject({
      name: "order",
      version: "1",
      errors: ["Declined"],
      secrets: ["card.number"],
      input: { type: "object", required: ["item", "card"], properties: { item: { type: "string" } } }
    })
    expect(second).toMatchObject({ name: "refusing", input: { type: "string" }, errors: ["Declined"], secrets: [] })
    const other = definitionsOf([
      defineWorkflow("w", {
        input: Schema.Struct({
          keys: Schema.Array(Schema.Redacted(Schema.String)),
          orders: Schema.optional(Schema.Array(Order)),
          by: Schema.Record(Schema.String, Schema.Struct({ pin: Schema.RedactedFromValue(Schema.Number) }))
        }),
        output: Schema.Void,
        run: () => Effect.void
      })
    ])
    expect(other[0]?.secrets).toEqual(["keys.*", "orders.*.card.number", "by.*.pin"])
    expect(other[0]?.error).toBe(null)
  })
})
