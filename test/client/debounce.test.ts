import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { StartMessage } from "../../src/actor/history/message.ts"
import { defineSignal, defineStep, defineWorkflow, Run } from "../../src/index.ts"
import { exportHistory, replayHistory } from "../../src/testing.ts"
import { type Engine, eventually, live, openClient, openEngine, tempFile } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const begun: Array<string> = []
const begin = defineStep("begin", {
  input: Schema.String,
  output: Schema.Void,
  run: (name) => Effect.sync(() => void begun.push(name))
})
const go = defineSignal("go", Schema.String)

const waits = defineWorkflow("waits", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (name) {
    const { generation } = yield* Run
    yield* begin(name)
    return `${name} ${yield* go.receive} ${generation}`
  })
})

const definitions = { workflows: [waits], steps: [begin] as const }

const startOf = ({ table }: Engine, runId: string, generation: number) =>
  eventually(
    `generation ${generation} is there`,
    Effect.map(table.readMessage(addressOf(runId, generation), "start"), (row) => row as StartMessage | undefined)
  )

const hasBegun = (name: string) =>
  eventually(
    `${name} has begun`,
    Effect.sync(() => begun.includes(name))
  )

onEachStore("starts by debounce", (newStore) => {
  const openOne = Effect.flatMap(newStore, (open) => open(definitions))

  live("the last one in a window begins, when nothing has come for as long as its delay", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const { client } = engine
      const runId = "typed"
      begun.length = 0
      // None of the first two begins by itself, however slow the machine.
      const start = (input: string) =>
        client.start(waits, {
          runId,
          input,
          policy: "debounce",
          ...(input === "typed-abc" ? { delay: "1 second", maxDelay: "1 day" } : { delay: "10 minutes" }),
          requestId: input
        })
      expect(yield* start("typed-a")).toEqual({ runId, isNew: true, generation: 0 })
      yield* startOf(engine, runId, 0)
      expect(yield* start("typed-ab")).toEqual({ runId, isNew: true, generation: 1, requestId: "typed-ab" })
      const second = yield* startOf(engine, runId, 1)
      const askedAt = Date.now()
      const last = yield* start("typed-abc")
      expect(last).toMatchObject({ isNew: true, requestId: "typed-abc" })
      expect(yield* start("typed-abc")).toMatchObject({ isNew: false, requestId: "typed-abc" })
      yield* client.signal(runId, go, "on")
      expect(yield* client.wait(waits, runId)).toBe("typed-abc on 2")
      expect(begun.filter((name) => name.startsWith("typed"))).toEqual(["typed-abc"])
      // Each window begins anew, and none goes beyond ten of the first.
      const third = yield* startOf(engine, runId, 2)
      expect(third.notBefore).toBeGreaterThanOrEqual(askedAt + 1_000)
      expect(third.notBefore).toBeLessThan(second.notBefore as number)
      expect(third.notAfter).toBe(second.notAfter)
      for (const requestId of ["typed-a", "typed-ab"])
        expect(yield* Effect.flip(client.wait(waits, runId, { requestId }))).toMatchObject({
          _tag: "RunCancelled",
          reason: "another start took its place"
        })
      expect(yield* client.get(runId, { generation: 1 })).toMatchObject({ status: "cancelled" })
      for (const generation of [0, 1, 2]) {
        const history = yield* Effect.provideContext(exportHistory(runId, { generation }), engine.services)
        expect(replayHistory(waits, history).outcome).toBe("same")
      }
    })
  )

  live("many of them put it off no longer than maxDelay", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const { client } = engine
      const runId = "steady"
      const start = (input: string) =>
        client.start(waits, { runId, input, policy: "debounce", delay: "1 minute", maxDelay: "90 seconds" })
      yield* start("steady 0")
      const first = yield* startOf(engine, runId, 0)
      expect((first.notAfter as number) - (first.notBefore as number)).toBe(30_000)
      for (const generation of [1, 2, 3]) {
        yield* start(`steady ${generation}`)
        const row = yield* startOf(engine, runId, generation)
        expect(row.notAfter).toBe(first.notAfter)
      }
      // One whose delay would go beyond it begins then.
      yield* client.start(waits, { runId, input: "steady last", policy: "debounce", delay: "2 minutes" })
      expect(yield* startOf(engine, runId, 4)).toMatchObject({ notBefore: first.notAfter, notAfter: first.notAfter })
    })
  )

  live("one that comes after the body has begun waits for its end, and the last of them is the one that comes", () =>
    Effect.gen(function* () {
      const { client } = yield* openOne
      begun.length = 0
      const runId = "late"
      const start = (input: string, delay = "50 millis" as const) =>
        client.start(waits, { runId, input, policy: "debounce", delay, requestId: input })
      yield* start("late-a")
      yield* hasBegun("late-a")
      yield* start("late-b")
      yield* start("late-c")
      yield* client.start(waits, { runId, input: "late-after", policy: "afterFinish", requestId: "after" })
      yield* start("late-d")
      yield* client.signal(runId, go, "1")
      expect(yield* client.wait(waits, runId, { generation: 0 })).toBe("late-a 1 0")
      yield* client.signal(runId, go, "2")
      expect(yield* client.wait(waits, runId, { requestId: "after" })).toBe("late-after 2 1")
      yield* client.signal(runId, go, "3")
      expect(yield* client.wait(waits, runId, { requestId: "late-d" })).toBe("late-d 3 2")
      for (const requestId of ["late-b", "late-c"])
        expect(yield* Effect.flip(client.wait(waits, runId, { requestId }))).toMatchObject({ _tag: "RunCancelled" })
      expect(begun.filter((name) => name.startsWith("late"))).toEqual(["late-a", "late-after", "late-d"])
      // It has ended: the next window begins.
      const again = yield* start("late-e")
      expect(again).toMatchObject({ isNew: true, generation: 3 })
      yield* client.signal(runId, go, "4")
      expect(yield* client.wait(waits, runId)).toBe("late-e 4 3")
    })
  )

  live("one that takes the place of a body which has not begun leaves those who wait for their turn", () =>
    Effect.gen(function* () {
      const { client } = yield* openOne
      begun.length = 0
      const runId = "kept"
      const start = (input: string, delay: "1 hour" | "50 millis") =>
        client.start(waits, { runId, input, policy: "debounce", delay, requestId: input })
      yield* start("kept-a", "1 hour")
      yield* client.start(waits, { runId, input: "kept-x", policy: "afterFinish", requestId: "kept-x" })
      yield* start("kept-b", "50 millis")
      yield* client.signal(runId, go, "1")
      expect(yield* client.wait(waits, runId, { requestId: "kept-x" })).toBe("kept-x 1 1")
      yield* client.signal(runId, go, "2")
      expect(yield* client.wait(waits, runId, { requestId: "kept-b" })).toBe("kept-b 2 2")
      expect(begun.filter((name) => name.startsWith("kept"))).toEqual(["kept-x", "kept-b"])
    })
  )

  live("one that comes to its turn behind others begins by the bound of the first whose place it has taken", () =>
    Effect.gen(function* () {
      const engine = yield* openOne
      const { client } = engine
      const runId = "bound"
      const start = (input: string, delay: "30 minutes" | "1 hour", maxDelay: "40 minutes" | "1 day") =>
        client.start(waits, { runId, input, policy: "debounce", delay, maxDelay, requestId: input })
      yield* start("bound-a", "30 minutes", "40 minutes")
      const first = yield* startOf(engine, runId, 0)
      yield* client.start(waits, { runId, input: "bound-x", policy: "afterFinish", requestId: "bound-x" })
      yield* start("bound-b", "1 hour", "1 day")
      yield* startOf(engine, runId, 1)
      // In the place of the one that waits: that has it from the body which never began.
      yield* start("bound-c", "1 hour", "1 day")
      yield* client.signal(runId, go, "1")
      expect(yield* client.wait(waits, runId, { requestId: "bound-x" })).toBe("bound-x 1 1")
      expect(yield* startOf(engine, runId, 2)).toMatchObject({
        input: { json: '"bound-c"' },
        notBefore: first.notAfter,
        notAfter: first.notAfter
      })
      for (const generation of [0, 1]) {
        const history = yield* Effect.provideContext(exportHistory(runId, { generation }), engine.services)
        expect(replayHistory(waits, history).outcome).toBe("same")
      }
    })
  )

  live("what cannot be is said before anything is written", () =>
    Effect.gen(function* () {
      const { client } = yield* openOne
      const one = { runId: "wrong", input: "x" }
      const wrong = [
        { ...one, policy: "debounce" },
        { ...one, policy: "debounce", startAt: Date.now() + 1_000 },
        { ...one, policy: "debounce", delay: "2 seconds", maxDelay: "1 second" },
        { ...one, policy: "replace", delay: "2 seconds", maxDelay: "3 seconds" }
      ] as const
      for (const options of wrong)
        expect(yield* Effect.flip(client.start(waits, options))).toMatchObject({ _tag: "StartInvalid" })
      expect(yield* Effect.flip(client.get("wrong"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )
})

describe("starts by debounce that a host finds together", () => {
  live("are one generation, and begin by the bound of the first", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const client = yield* openClient(filename)
      const runId = "burst"
      const start = (input: string, maxDelay: number) =>
        client.start(waits, { runId, input, policy: "debounce", delay: "20 minutes", maxDelay })
      yield* start("burst 0", 60 * 60_000)
      yield* start("burst 1", 30 * 60_000)
      for (const number of [2, 3, 4, 5]) yield* start(`burst ${number}`, 60 * 60_000)
      const engine = yield* openEngine({ ...definitions, filename })
      const row = yield* startOf(engine, runId, 1)
      const asked = (yield* engine.table.readRun(runId)).messages
      const second = asked.find((message) => message.kind === "restart")
      expect(row).toMatchObject({
        input: { json: '"burst 5"' },
        notAfter: second?.kind === "restart" ? second.notAfter : undefined
      })
      expect(yield* engine.table.readHead(runId)).toMatchObject({
        status: "continued",
        concluded: { status: "cancelled" }
      })
      expect(yield* engine.table.readMessage(addressOf(runId, 2), "start")).toBeUndefined()
      const history = yield* Effect.provideContext(exportHistory(runId, { generation: 0 }), engine.services)
      expect(replayHistory(waits, history).outcome).toBe("same")
      expect(yield* client.get(runId)).toMatchObject({ generation: 1, status: "running" })
    })
  )
})
