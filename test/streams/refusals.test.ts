import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import type { Head } from "../../src/actor/history/head.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { StoreRefused } from "../../src/store/errors.ts"
import { eventually, live, openClient, openEngine, tempFile } from "./engine.ts"
import { newTried, type Refusals, refusing } from "./refusals.ts"

const setup = () => {
  const executions: Array<string> = []
  const run = (n: number, { idempotencyKey }: { readonly idempotencyKey: string }) =>
    Effect.sync(() => {
      executions.push(idempotencyKey)
      return n * 2
    })
  const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run })
  const inline = defineStep("inline", { input: Schema.Number, output: Schema.Number, inline: true, run })
  const timesOf = () => [...Map.groupBy(executions, (key) => key).values()].map((all) => all.length)
  return { executions, timesOf, double, inline, steps: [double, inline] }
}

const width = 12

describe("a head that the store will never take", () => {
  const wideOf = ({ double }: ReturnType<typeof setup>) =>
    defineWorkflow("wide", {
      input: Schema.Number,
      output: Schema.Number,
      run: Effect.fn(function* (n: number) {
        const first = yield* double(n)
        const all = yield* Effect.all(
          Array.from({ length: width }, (_, i) => double(first + i)),
          { concurrency: "unbounded" }
        )
        return all.length
      })
    })

  live("parks the run with what to do, and says so each time; it goes on when the store takes it", () =>
    Effect.gen(function* () {
      const one = setup()
      const wide = wideOf(one)
      const refusals: Refusals = { head: (runId, { open }) => runId === "r" && open.length === width }
      const tried = newTried()
      const engine = yield* openEngine({ ...one, workflows: [wide], wrap: refusing(refusals, tried) })
      const { client, host } = engine
      yield* client.start(wide, { runId: "r", input: 1 })
      const waiting = yield* Effect.flip(client.wait(wide, "r", { failWhenParked: true }))
      expect(waiting).toMatchObject({
        _tag: "RunParked",
        reason: { _tag: "WriteRefused", operation: "RunTable.commitHead" }
      })
      expect(waiting.message).toContain("Item size")
      expect(waiting.message).toContain("split the work")
      expect(yield* client.execute(wide, { input: 1 })).toBe(width)
      // The steps of a refused commit were sent ahead of it. They wait, and set off no other attempt: there is one in the turn
      // that was at it, and one for the doorbell of its row, which sends none of them again.
      yield* eventually(
        "its steps are handed back, and it was tried twice",
        Effect.sync(() => tried.released >= width && tried.refusedHeads >= 2)
      )
      expect(tried.refusedHeads).toBe(2)
      // Tried again in vain, the head stays as it is.
      yield* host.sweep
      const parked = yield* engine.table.readHead("r")
      yield* host.sweep
      expect(tried.refusedHeads).toBe(4)
      expect(yield* engine.table.readHead("r")).toEqual(parked)
      expect(engine.logged.filter((line) => line.includes("is parked"))).toHaveLength(tried.refusedHeads)
      const sentSteps = () => tried.sent.filter(({ kind, runId }) => kind === "step" && runId === "r").length
      expect(sentSteps()).toBe(1 + width)
      refusals.head = () => false
      yield* host.sweep
      expect(yield* client.wait(wide, "r")).toBe(width)
      expect(one.timesOf()).toEqual(Array(2 * (width + 1)).fill(1))
      // What was sent for the commit that was refused is valid for the one that stands.
      expect(sentSteps()).toBe(1 + width)
    })
  )

  live(
    "does not keep a run from ending by a cancellation, which then has less to write; until then nobody can say so",
    () =>
      Effect.gen(function* () {
        const one = setup()
        const wide = wideOf(one)
        const refusals: Refusals = { head: (runId, { open }) => runId === "r" && open.length === width }
        const { client } = yield* openEngine({ ...one, workflows: [wide], wrap: refusing(refusals) })
        yield* client.start(wide, { runId: "r", input: 1 })
        yield* Effect.flip(client.wait(wide, "r", { failWhenParked: true }))
        const told = yield* Effect.flip(client.cancel("r", { reason: "enough" }))
        expect(told._tag).toBe("RunParked")
        expect(told.message).toContain("run r is parked, and whether it can be cancelled its next turn shows: ")
        expect(yield* Effect.flip(client.wait(wide, "r"))).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
        yield* client.cancel("r", { reason: "enough" })
      })
  )

  live("that cannot even be parked is left alone until its next message", () =>
    Effect.gen(function* () {
      const one = setup()
      const go = defineSignal("go", Schema.Void)
      const waits = defineWorkflow("waits", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) => Effect.flatMap(one.double(n), (m) => Effect.as(go.receive, m))
      })
      const refusals: Refusals = { head: (runId) => runId === "r" }
      const tried = newTried()
      const { client, logged } = yield* openEngine({ ...one, workflows: [waits], wrap: refusing(refusals, tried) })
      yield* client.start(waits, { runId: "r", input: 1 })
      yield* eventually(
        "it is given up",
        Effect.sync(() => logged.some((line) => line.includes("run r cannot even be parked")))
      )
      // The turn's commit, and the parking.
      expect(tried.refusedHeads).toBe(2)
      refusals.head = () => false
      yield* client.signal("r", go, undefined)
      expect(yield* client.wait(waits, "r")).toBe(2)
    })
  )
})

describe("an outcome that the store will never take", () => {
  live.each(["double", "inline"] as const)(
    "fails its step with that, of a step that is %s, and runs its code once",
    (name) =>
      Effect.gen(function* () {
        const one = setup()
        const asks = defineWorkflow("asks", {
          input: Schema.Number,
          output: Schema.Struct({ reason: Schema.String, message: Schema.String }),
          run: (n) =>
            Effect.match(one[name].orFail(n), {
              onFailure: ({ message, reason }) => ({ message, reason: reason as string }),
              onSuccess: () => ({ message: "", reason: "none" })
            })
        })
        const refusals: Refusals = { row: (_, row) => row.kind === "step" && row.outcome.tag === "succeeded" }
        const { client } = yield* openEngine({ ...one, workflows: [asks], wrap: refusing(refusals) })
        const { message, reason } = yield* client.execute(asks, { input: 1 })
        expect(reason).toBe("payload")
        expect(message).toContain("Item size")
        expect(one.executions).toHaveLength(1)
      })
  )

  live("leaves those that arrive with it as they are", () =>
    Effect.gen(function* () {
      const one = setup()
      const asks = defineWorkflow("asks", {
        input: Schema.Number,
        output: Schema.Array(Schema.String),
        run: (n) =>
          Effect.all(
            Array.from({ length: n }, (_, i) =>
              Effect.match(one.double.orFail(i), { onFailure: ({ reason }) => reason as string, onSuccess: String })
            ),
            { concurrency: "unbounded" }
          )
      })
      const refusals: Refusals = {
        row: (_, row) => row.kind === "step" && row.key === "double#7" && row.outcome.tag === "succeeded"
      }
      const { client } = yield* openEngine({ ...one, workflows: [asks], wrap: refusing(refusals) })
      const outcomes = yield* client.execute(asks, { input: 40 })
      expect(outcomes).toEqual(Array.from({ length: 40 }, (_, i) => (i === 7 ? "payload" : String(i * 2))))
      expect(one.timesOf()).toEqual(Array(40).fill(1))
    })
  )
})

describe("a next attempt that the queue will never take", () => {
  live("fails its step with that, and its code does not run again as the attempt that it was", () =>
    Effect.gen(function* () {
      const executions: Array<number> = []
      const flaky = defineStep("flaky", {
        input: Schema.Number,
        output: Schema.Number,
        retry: { attempts: 3, initial: "10 millis" },
        run: (_, { attempt }) => {
          executions.push(attempt)
          return Effect.die(new Error("not yet"))
        }
      })
      const asks = defineWorkflow("asks", {
        input: Schema.Number,
        output: Schema.Struct({ reason: Schema.String, message: Schema.String }),
        run: (n) =>
          Effect.match(flaky.orFail(n), {
            onFailure: ({ message, reason }) => ({ message, reason: reason as string }),
            onSuccess: () => ({ message: "", reason: "none" })
          })
      })
      const replace = () => new StoreRefused({ operation: "StepQueue.send", message: "a character is refused" })
      const { client } = yield* openEngine({ workflows: [asks], steps: [flaky], wrap: refusing({ replace }) })
      const { message, reason } = yield* client.execute(asks, { input: 1 })
      expect(reason).toBe("payload")
      expect(message).toContain(
        "attempt 1 of step flaky failed, and the next one cannot be sent: a character is refused"
      )
      expect(executions).toEqual([1])
    })
  )
})

describe("a child run that the store will never take", () => {
  const setupChild = (refusals: Refusals) =>
    Effect.gen(function* () {
      const one = setup()
      const child = defineWorkflow("child", { input: Schema.Number, output: Schema.Number, run: (n) => one.double(n) })
      const parent = defineWorkflow("parent", {
        input: Schema.Number,
        output: Schema.String,
        run: (n) =>
          Effect.match(child.childOrFail(n), {
            onFailure: ({ cause, reason }) => `${reason}: ${JSON.stringify(cause)}`,
            onSuccess: String
          })
      })
      const engine = yield* openEngine({ ...one, workflows: [parent, child], wrap: refusing(refusals) })
      return yield* engine.client.execute(parent, { runId: "p", input: 1 })
    })

  live("is answered with that, where its start is refused", () =>
    Effect.gen(function* () {
      const outcome = yield* setupChild({ row: (runId, row) => runId === "p:child#0" && row.kind === "start" })
      expect(outcome).toMatch(/^died: .*"StoreRefused".*Item size/)
    })
  )

  live("is answered with that, where its outcome is refused", () =>
    Effect.gen(function* () {
      const outcome = yield* setupChild({ row: (_, row) => row.kind === "child" && row.outcome.tag === "succeeded" })
      expect(outcome).toMatch(/^died: .*"StoreRefused".*Item size/)
    })
  )
})

describe("a run with more to adopt than a head can hold", () => {
  live("adopts it commit by commit, in its order", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const count = 1_200
      const tick = defineSignal("tick", Schema.Number)
      const counts = defineWorkflow("counts", {
        input: Schema.Void,
        output: Schema.Array(Schema.Number),
        run: () => Effect.all(Array.from({ length: count }, () => tick.receive))
      })
      const client = yield* openClient(filename)
      yield* client.start(counts, { runId: "r", input: undefined })
      yield* Effect.forEach(
        Array.from({ length: count }, (_, n) => n),
        (n) => client.signal("r", tick, n, { id: `${String(n).padStart(6, "0")}-${"x".repeat(121)}` })
      )
      const tried = newTried()
      yield* openEngine({ filename, workflows: [counts], wrap: refusing({}, tried) })
      const received = yield* client.wait(counts, "r")
      expect(received.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n))
      const tailBytes = ({ tail }: Head) => tail.reduce((bytes, key) => bytes + key.length, 0)
      const heads = tried.heads.filter(({ runId }) => runId === "r").map(({ head }) => head)
      expect(heads.length).toBeGreaterThanOrEqual(3)
      for (const head of heads) expect(tailBytes(head)).toBeLessThan(42_000)
    })
  )
})
