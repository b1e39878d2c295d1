import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { compensateWith, defineSignal, defineStep, defineWorkflow, type Run } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"
import { faulty } from "./faults.ts"

const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 2) })
const go = defineSignal("go", Schema.Number)

class Refused extends Schema.TaggedError<Refused>()("Refused", { n: Schema.Number }) {}

const leaf = defineWorkflow("leaf", {
  input: Schema.Number,
  output: Schema.Number,
  error: Refused,
  run: (n) => (n < 0 ? Effect.fail(new Refused({ n })) : double(n))
})
const waits = defineWorkflow("waits", { input: Schema.Number, output: Schema.Number, run: () => go.receive })

const parentOf = <Out>(output: Schema.Codec<Out, any>, run: () => Effect.Effect<Out, never, Run>) =>
  defineWorkflow("parent", { input: Schema.Void, output, run })

describe("child runs", () => {
  live("hand their typed output and error to the parent, once", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.Array(Schema.Unknown), () =>
        Effect.gen(function* () {
          const ok = yield* Effect.orDie(leaf.child(4))
          const error = yield* Effect.flip(leaf.child(-1)).pipe(Effect.orDie)
          return [ok, error._tag, error.n]
        })
      )
      const { client } = yield* openEngine({ workflows: [parent, leaf], steps: [double] })
      expect(yield* client.execute(parent, { runId: "p", input: undefined })).toEqual([8, "Refused", -1])
      expect(yield* client.get("p:leaf#0")).toMatchObject({ status: "succeeded", parentRunId: "p" })
      expect(yield* client.wait(leaf, "p:leaf#0")).toBe(8)
      expect((yield* client.history("p")).map(({ key }) => key)).toEqual(["start", "child/leaf#0", "child/leaf#1"])
    })
  )

  live("may have children of their own", () =>
    Effect.gen(function* () {
      const middle = defineWorkflow("middle", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) =>
          Effect.map(Effect.all([leaf.child(n), leaf.child(n + 1)], { concurrency: 2 }), ([a, b]) => a + b).pipe(
            Effect.orDie
          )
      })
      const parent = parentOf(Schema.Number, () =>
        Effect.map(
          Effect.all(
            [1, 10, 100].map((n) => middle.child(n, { key: `k${n}` })),
            { concurrency: "unbounded" }
          ),
          (all) => all.reduce((a, b) => a + b)
        )
      )
      const { client } = yield* openEngine({ workflows: [parent, middle, leaf], steps: [double] })
      expect(yield* client.execute(parent, { runId: "p", input: undefined })).toBe(2 * (3 + 21 + 201))
      expect(yield* client.get("p:middle:k10:leaf#1")).toMatchObject({
        status: "succeeded",
        parentRunId: "p:middle:k10"
      })
    })
  )

  live("of a workflow that dies are ChildFailed, with the cause inside", () =>
    Effect.gen(function* () {
      const dies = defineWorkflow("dies", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.die(new Error("deep"))
      })
      const parent = parentOf(Schema.Json, () =>
        Effect.match(dies.childOrFail(undefined), {
          onFailure: ({ cause, reason, runId }) => ({ reason, runId, cause: cause ?? null }),
          onSuccess: () => null
        })
      )
      const { client } = yield* openEngine({ workflows: [parent, dies] })
      expect(yield* client.execute(parent, { runId: "p", input: undefined })).toMatchObject({
        reason: "died",
        runId: "p:dies#0",
        cause: { message: "deep" }
      })
    })
  )

  live("are cancelled with their parent, to the last grandchild, whose compensations run first", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const note = defineStep("note", {
        input: Schema.String,
        output: Schema.Void,
        run: (text) => Effect.sync(() => void order.push(text))
      })
      const level = (depth: number) =>
        defineWorkflow(`level${depth}`, {
          input: Schema.Void,
          output: Schema.Void,
          run: (): Effect.Effect<void, never, Run> =>
            Effect.gen(function* () {
              yield* note(`do ${depth}`).pipe(compensateWith(() => note(`undo ${depth}`)))
              yield* depth === 2 ? Effect.sleep("Infinity") : (levels[depth + 1] as typeof first).child(undefined)
            })
        })
      const first = level(0)
      const levels = [first, level(1), level(2)]
      const { client } = yield* openEngine({ workflows: levels, steps: [note] })
      yield* client.start(first, { runId: "p", input: undefined })
      yield* eventually(
        "the grandchild is at work",
        Effect.sync(() => order.length === 3)
      )
      const grandchild = "p:level1#0:level2#0"
      yield* eventually(
        "the grandchild sleeps",
        Effect.map(client.history(grandchild), (all) => all.length === 2)
      )
      yield* client.cancel("p", { reason: "enough" })
      expect(yield* Effect.flip(client.wait(first, "p"))).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
      expect(order).toEqual(["do 0", "do 1", "do 2", "undo 2", "undo 1", "undo 0"])
      for (const runId of ["p", "p:level1#0", grandchild]) expect((yield* client.get(runId)).status).toBe("cancelled")
    })
  )

  live("that lose a race are cancelled, and the parent goes on when they have ended", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.Number, () =>
        Effect.raceFirst(
          waits.child(1),
          Effect.flatMap(Effect.sleep(20), () => double(21))
        )
      )
      const { client } = yield* openEngine({ workflows: [parent, waits], steps: [double] })
      expect(yield* client.execute(parent, { runId: "p", input: undefined })).toBe(42)
      expect((yield* client.get("p:waits#0")).status).toBe("cancelled")
    })
  )

  live("can be cancelled alone: the parent is told", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.String, () =>
        Effect.match(waits.childOrFail(1), { onFailure: ({ reason }) => reason, onSuccess: () => "none" })
      )
      const { client } = yield* openEngine({ workflows: [parent, waits] })
      yield* client.start(parent, { runId: "p", input: undefined })
      yield* eventually(
        "the child is there",
        Effect.option(client.get("p:waits#0")).pipe(Effect.map((run) => run._tag === "Some"))
      )
      yield* client.cancel("p:waits#0")
      expect(yield* client.wait(parent, "p")).toBe("cancelled")
    })
  )
})

describe("a child's run id that belongs to another run", () => {
  const taken = parentOf(Schema.String, () =>
    Effect.match(waits.childOrFail(1, { runId: "taken" }), {
      onFailure: ({ reason }) => reason,
      onSuccess: () => "none"
    })
  )

  live("is ChildFailed conflict; the other run does not notice", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [taken, waits] })
      yield* client.start(waits, { runId: "taken", input: 1 })
      expect(yield* client.execute(taken, { runId: "p", input: undefined })).toBe("conflict")
      yield* client.signal("taken", go, 5)
      expect(yield* client.wait(waits, "taken")).toBe(5)
    })
  )

  live("is told though the store was away when it was to be told", () =>
    Effect.gen(function* () {
      let failures = 0
      const isAway = (operation: string) => operation === "RunTable.put" && failures++ < 2
      const { client } = yield* openEngine({
        workflows: [taken, waits],
        wrap: faulty({ isAway, tried: new Map() }),
        quiet: 1,
        sweepInterval: 100
      })
      yield* Effect.retry(client.start(waits, { runId: "taken", input: 1 }), { times: 3 })
      failures = 1
      yield* Effect.retry(client.start(taken, { runId: "p", input: undefined }), { times: 3 })
      failures = 0
      expect(yield* Effect.timeout(client.wait(taken, "p"), 10_000)).toBe("conflict")
    })
  )

  live("is not cancelled by a parent that no longer waits for its own", () =>
    Effect.gen(function* () {
      const racing = parentOf(Schema.Number, () =>
        Effect.raceFirst(waits.child(1, { runId: "taken" }), Effect.as(Effect.yieldNow, 1))
      )
      const { client } = yield* openEngine({ workflows: [racing, waits] })
      yield* client.start(waits, { runId: "taken", input: 1 })
      yield* eventually(
        "the other run waits",
        Effect.map(client.get("taken"), ({ status }) => status === "running")
      )
      expect(yield* client.execute(racing, { runId: "p", input: undefined })).toBe(1)
      yield* client.signal("taken", go, 5)
      expect(yield* client.wait(waits, "taken")).toBe(5)
    })
  )
})

describe("child runs over restarts", () => {
  live("go on, and so do their parents", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const parent = parentOf(Schema.Number, () =>
        Effect.map(Effect.all([waits.child(1), waits.child(2)], { concurrency: 2 }), ([a, b]) => a + b)
      )
      const options = { filename, workflows: [parent, waits] }
      const first = yield* openEngine(options)
      yield* first.client.start(parent, { runId: "p", input: undefined })
      yield* eventually(
        "both wait",
        Effect.map(first.client.list({ workflow: "waits", status: "running" }), ({ runs }) => runs.length === 2)
      )
      yield* first.close
      const second = yield* openEngine(options)
      yield* second.client.signal("p:waits#0", go, 3)
      expect(yield* second.client.wait(waits, "p:waits#0")).toBe(3)
      yield* second.close
      const third = yield* openEngine(options)
      yield* third.client.signal("p:waits#1", go, 4)
      expect(yield* third.client.wait(parent, "p")).toBe(7)
    })
  )
})
