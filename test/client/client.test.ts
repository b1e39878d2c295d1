import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openClient, openEngine, tempFile, withSql } from "../streams/engine.ts"

const Order = Schema.Struct({ id: Schema.String, amount: Schema.Int })

const order = defineWorkflow("order", {
  input: Order,
  output: Schema.Int,
  run: ({ amount }) => Effect.succeed(amount * 2)
})
const go = defineSignal("go", Schema.Int)
const waits = defineWorkflow("waits", {
  input: Schema.Int,
  output: Schema.Array(Schema.Int),
  run: Effect.fn(function* (count: number) {
    const received: Array<number> = []
    for (let i = 0; i < count; i++) received.push(yield* go.receive)
    return received
  })
})
const workflows = [order, waits]

const rowsIn = (filename: string) => withSql(filename, (sql) => sql.prepare("select run, key from inbox").all())

describe("start", () => {
  live("refuses input that does not fit the schema, and writes nothing", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const client = yield* openClient(filename)
      for (const input of [
        { id: "a", amount: 1.5 },
        { id: "a" },
        null,
        "x"
      ] as ReadonlyArray<unknown> as ReadonlyArray<never>) {
        const error = yield* Effect.flip(client.start(order, { runId: "r", input }))
        expect(error).toMatchObject({ _tag: "InputInvalid", workflow: "order" })
        expect(error.message).toContain("order")
      }
      expect(yield* rowsIn(filename)).toEqual([])
      expect(yield* Effect.flip(client.get("r"))).toMatchObject({ _tag: "RunNotFound", runId: "r" })
    })
  )

  live.each(["", "a\nb", "\u0000", "x".repeat(513), "\ud800"])("refuses the run id %s, and writes nothing", (runId) =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const client = yield* openClient(filename)
      const error = yield* Effect.flip(client.start(order, { runId, input: { id: "a", amount: 1 } }))
      expect(error).toMatchObject({ _tag: "RunIdInvalid" })
      expect(yield* rowsIn(filename)).toEqual([])
    })
  )

  live.each(["a/b", "__proto__", "ä ö 😀", "step/x#0", "x".repeat(512), "../..", "%00"])(
    "takes the run id %s",
    (runId) =>
      Effect.gen(function* () {
        const { client } = yield* openEngine({ workflows })
        expect(yield* client.execute(order, { runId, input: { id: "a", amount: 4 } })).toBe(8)
        expect((yield* client.get(runId)).status).toBe("succeeded")
        expect((yield* client.list()).runs.map((run) => run.runId)).toEqual([runId])
      })
  )

  live("of the same id, workflow and input is the run that is there", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      const input = { id: "a", amount: 1 }
      expect(yield* client.start(order, { runId: "r", input })).toEqual({ runId: "r", isNew: true, generation: 0 })
      expect(yield* client.start(order, { runId: "r", input: { amount: 1, id: "a" } })).toEqual({
        runId: "r",
        isNew: false,
        generation: 0
      })
      expect(yield* client.wait(order, "r")).toBe(2)
      expect(yield* client.start(order, { runId: "r", input })).toEqual({ runId: "r", isNew: false, generation: 0 })
      expect((yield* client.list()).runs.length).toBe(1)
    })
  )

  live("of the same id with another input or workflow is a conflict", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      yield* client.start(order, { runId: "r", input: { id: "a", amount: 1 } })
      const otherInput = yield* Effect.flip(client.start(order, { runId: "r", input: { id: "a", amount: 2 } }))
      expect(otherInput).toMatchObject({ _tag: "RunConflict", runId: "r", workflow: "order" })
      const otherWorkflow = yield* Effect.flip(client.start(waits, { runId: "r", input: 1 }))
      expect(otherWorkflow).toMatchObject({ _tag: "RunConflict", runId: "r", workflow: "order" })
      expect(yield* client.wait(order, "r")).toBe(2)
    })
  )

  live("a hundred times at once is one run", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows })
      const others = [client, yield* openClient(filename), yield* openClient(filename)]
      const starts = Array.from({ length: 99 }, (_, i) =>
        (others[i % 3] ?? client).start(order, { runId: "r", input: { id: "a", amount: 5 } })
      )
      const handles = yield* Effect.all(starts, { concurrency: "unbounded" })
      expect(handles.filter(({ isNew }) => isNew).length).toBe(1)
      expect(yield* client.wait(order, "r")).toBe(10)
    })
  )

  live("keeps a key named __proto__, and pollutes nothing", () =>
    Effect.gen(function* () {
      const passes = defineWorkflow("passes", {
        input: Schema.Record(Schema.String, Schema.Json),
        output: Schema.Struct({ keys: Schema.Array(Schema.String), back: Schema.Record(Schema.String, Schema.Json) }),
        run: (input) => Effect.succeed({ keys: Object.keys(input), back: input })
      })
      const { client } = yield* openEngine({ workflows: [passes] })
      const input = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')
      const { back, keys } = yield* client.execute(passes, { runId: "r", input })
      expect(keys).toEqual(["__proto__", "constructor"])
      expect(JSON.stringify(back)).toBe(JSON.stringify(input))
      expect(({} as { readonly polluted?: number }).polluted).toBeUndefined()
      const other = JSON.parse('{"__proto__": {"polluted": 2}, "constructor": {"prototype": {"polluted": 1}}}')
      expect(yield* Effect.flip(client.start(passes, { runId: "r", input: other }))).toMatchObject({
        _tag: "RunConflict"
      })
    })
  )
})

describe("wait", () => {
  live("for a run that is not there is RunNotFound", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      expect(yield* Effect.flip(client.wait(order, "nobody"))).toMatchObject({ _tag: "RunNotFound", runId: "nobody" })
    })
  )

  live("by another workflow's schema is a typed error, not a wrong value", () =>
    Effect.gen(function* () {
      const text = defineWorkflow("order", { input: Order, output: Schema.String, run: () => Effect.succeed("") })
      const { client } = yield* openEngine({ workflows })
      yield* client.execute(order, { runId: "r", input: { id: "a", amount: 1 } })
      expect(yield* Effect.flip(client.wait(text, "r"))).toMatchObject({ _tag: "OutcomeUnreadable", runId: "r" })
    })
  )

  live("can be given up and taken up again, in another process", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows })
      yield* client.start(waits, { runId: "r", input: 1 })
      expect((yield* Effect.timeoutOption(client.wait(waits, "r"), 30))._tag).toBe("None")
      const other = yield* openClient(filename)
      yield* client.signal("r", go, 7)
      expect(yield* other.wait(waits, "r")).toEqual([7])
    })
  )

  live("for what the workflow dies of says so", () =>
    Effect.gen(function* () {
      const dies = defineWorkflow("dies", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.die(new TypeError("broken", { cause: "deep" }))
      })
      const lies = defineWorkflow("lies", { input: Schema.Void, output: Schema.Int, run: () => Effect.succeed(1.5) })
      const { client } = yield* openEngine({ workflows: [dies, lies] })
      expect(yield* Effect.flip(client.execute(dies, { input: undefined }))).toMatchObject({
        _tag: "RunDied",
        cause: { name: "TypeError", message: "broken", cause: "deep" }
      })
      const error = yield* Effect.flip(client.execute(lies, { input: undefined }))
      expect(error).toMatchObject({ _tag: "RunDied", cause: { name: "InvalidOutcome" } })
    })
  )
})

describe("signal", () => {
  live("before its wait is kept for it, in order", () =>
    Effect.gen(function* () {
      const gate = defineSignal("gate", Schema.Void)
      const late = defineWorkflow("late", {
        input: Schema.Void,
        output: Schema.Array(Schema.Int),
        run: Effect.fn(function* () {
          yield* gate.receive
          return [yield* go.receive, yield* go.receive]
        })
      })
      const { client } = yield* openEngine({ workflows: [late] })
      yield* client.start(late, { runId: "r", input: undefined })
      yield* client.signal("r", go, 1)
      const adopted = Effect.map(client.get("r"), ({ messages }) => messages === 2)
      yield* eventually("the first one is adopted", adopted)
      yield* client.signal("r", go, 2)
      yield* eventually(
        "the second one is adopted",
        Effect.map(client.get("r"), ({ messages }) => messages === 3)
      )
      yield* client.signal("r", gate, undefined)
      expect(yield* client.wait(late, "r")).toEqual([1, 2])
    })
  )

  live("before any host has seen the run is kept too", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const client = yield* openClient(filename)
      yield* client.start(waits, { runId: "r", input: 2 })
      yield* client.signal("r", go, 1)
      yield* client.signal("r", go, 2)
      yield* openEngine({ filename, workflows })
      expect((yield* client.wait(waits, "r")).toSorted()).toEqual([1, 2])
    })
  )

  live("to a finished run is refused, and written nowhere", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      yield* client.execute(order, { runId: "r", input: { id: "a", amount: 1 } })
      expect(yield* Effect.flip(client.signal("r", go, 1))).toMatchObject({
        _tag: "RunFinished",
        runId: "r",
        status: "succeeded"
      })
      expect(yield* Effect.flip(client.cancel("r"))).toMatchObject({ _tag: "RunFinished", status: "succeeded" })
      expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start"])
    })
  )

  live("to an unknown run is refused, and written nowhere", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows })
      expect(yield* Effect.flip(client.signal("nobody", go, 1))).toMatchObject({ _tag: "RunNotFound", runId: "nobody" })
      expect(yield* Effect.flip(client.cancel("nobody"))).toMatchObject({ _tag: "RunNotFound", runId: "nobody" })
      expect(yield* Effect.flip(client.history("nobody"))).toMatchObject({ _tag: "RunNotFound" })
      expect(yield* rowsIn(filename)).toEqual([])
    })
  )

  live("of one id is received once", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      yield* client.start(waits, { runId: "r", input: 2 })
      yield* client.signal("r", go, 1, { id: "a" })
      yield* client.signal("r", go, 1, { id: "a" })
      yield* client.signal("r", go, 2, { id: "b" })
      expect((yield* client.wait(waits, "r")).toSorted()).toEqual([1, 2])
    })
  )

  live("that does not fit its schema, or has no proper id, is refused, and written nowhere", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      yield* client.start(waits, { runId: "r", input: 1 })
      expect(yield* Effect.flip(client.signal("r", go, 1.5))).toMatchObject({ _tag: "SignalInvalid", signal: "go" })
      for (const id of ["", "a b", "x".repeat(129), "ü", "\n"]) {
        expect(yield* Effect.flip(client.signal("r", go, 1, { id }))).toMatchObject({
          _tag: "SignalInvalid",
          signal: "go"
        })
      }
      expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start"])
      yield* client.signal("r", go, 3)
      expect(yield* client.wait(waits, "r")).toEqual([3])
    })
  )

  live("that the workflow cannot read parks the run, and goes on when its schema fits again", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client, close } = yield* openEngine({ filename, workflows })
      yield* client.start(waits, { runId: "r", input: 1 })
      const text = defineSignal("go", Schema.Union([Schema.Int, Schema.String]))
      yield* client.signal("r", text, "seven")
      const parked = yield* eventually(
        "parked",
        Effect.map(client.get("r"), (run) => run.parked)
      )
      expect(parked._tag).toBe("PayloadUnreadable")
      expect(parked.message).toMatch(/^the payload of signal go does not decode: Expected .*, got a string/)
      yield* close
      const tolerant = defineWorkflow("waits", {
        input: Schema.Int,
        output: Schema.Array(Schema.Int),
        run: () => Effect.map(text.receive, (value) => [String(value).length])
      })
      const mended = yield* openEngine({ filename, workflows: [tolerant] })
      expect(yield* mended.client.wait(waits, "r")).toEqual([5])
    })
  )
})

describe("list", () => {
  live("pages by workflow and by status, newest first, each run once", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows })
      for (let i = 0; i < 25; i++) yield* client.start(order, { runId: `o${i}`, input: { id: "a", amount: i } })
      for (let i = 0; i < 13; i++) yield* client.start(waits, { runId: `w${i}`, input: 1 })
      const count = (query: Parameters<typeof client.list>[0]) =>
        Effect.map(client.list(query), ({ runs }) => runs.length)
      yield* eventually(
        "all orders are through",
        Effect.map(count({ status: "succeeded" }), (n) => n === 25)
      )
      yield* eventually(
        "all others wait",
        Effect.map(count({ status: "running" }), (n) => n === 13)
      )

      const pages = Effect.fnUntraced(function* (query: {
        workflow?: string
        status?: "running" | "succeeded" | "failed"
      }) {
        const all: Array<{ readonly runId: string; readonly startedAt: number }> = []
        let cursor: string | undefined
        do {
          const page = yield* client.list({ ...query, limit: 4, ...(cursor === undefined ? {} : { cursor }) })
          expect(page.runs.length).toBeLessThanOrEqual(4)
          all.push(...page.runs)
          cursor = page.cursor
        } while (cursor !== undefined)
        expect(new Set(all.map(({ runId }) => runId)).size).toBe(all.length)
        expect(all.map(({ startedAt }) => startedAt)).toEqual(
          all.map(({ startedAt }) => startedAt).toSorted((a, b) => b - a)
        )
        return all.map(({ runId }) => runId).toSorted()
      })
      const orders = Array.from({ length: 25 }, (_, i) => `o${i}`).toSorted()
      const waiting = Array.from({ length: 13 }, (_, i) => `w${i}`).toSorted()
      expect(yield* pages({ workflow: "order" })).toEqual(orders)
      expect(yield* pages({ status: "running" })).toEqual(waiting)
      expect(yield* pages({ workflow: "waits", status: "running" })).toEqual(waiting)
      expect(yield* pages({ workflow: "waits", status: "succeeded" })).toEqual([])
      expect(yield* pages({ status: "failed" })).toEqual([])
      expect(yield* pages({})).toEqual([...orders, ...waiting].toSorted())
    })
  )
})

describe("history and description", () => {
  live("tell what happened in adopted order, and what is waited for", () =>
    Effect.gen(function* () {
      const double = defineStep("double", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n * 2) })
      const story = defineWorkflow("story", {
        input: Schema.Int,
        output: Schema.Int,
        run: Effect.fn(function* (n: number) {
          const a = yield* double(n)
          yield* Effect.sleep(5)
          const b = yield* double(a, { key: "second" })
          const c = yield* Effect.raceFirst(go.receive, Effect.as(Effect.sleep("1 hour"), 0))
          return b + c
        })
      })
      const { client } = yield* openEngine({ workflows: [story], steps: [double] })
      const before = Date.now()
      yield* client.start(story, { runId: "r", input: 1 })
      const waiting = yield* eventually(
        "it waits for the signal",
        Effect.map(client.get("r"), (run) => run.messages === 4 && run)
      )
      expect(waiting).toMatchObject({ runId: "r", workflow: "story", definitionVersion: "1", status: "running" })
      expect(waiting.waitingFor).toEqual([
        { kind: "timer", key: "3600000ms#0", due: new Date(waiting.updatedAt + 3_600_000) },
        { kind: "signal", name: "go" }
      ])
      expect(waiting.startedAt).toBeGreaterThanOrEqual(before)
      yield* client.signal("r", go, 10, { id: "x" })
      expect(yield* client.wait(story, "r")).toBe(14)
      const history = yield* client.history("r")
      expect(history.map(({ key }) => key.replace(/@\d+$/, "@"))).toEqual([
        "start",
        "step/double#0",
        "timer/5ms#0@",
        "step/double:second",
        "signal/go/x"
      ])
      expect(history.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4])
      const times = history.map(({ message }) => message.at)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(yield* client.get("r")).toMatchObject({
        status: "succeeded",
        outcome: "succeeded",
        messages: 5,
        waitingFor: []
      })
    })
  )

  live("of a run that no host has seen yet say that it is accepted", () =>
    Effect.gen(function* () {
      const client = yield* openClient(yield* tempFile)
      yield* client.start(waits, { runId: "r", input: 1 })
      expect(yield* client.get("r")).toMatchObject({ status: "accepted", workflow: "waits", messages: 0 })
      expect((yield* client.history("r")).map(({ key, position }) => [key, position])).toEqual([["start", undefined]])
    })
  )
})
