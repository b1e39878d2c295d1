import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const Decision = Schema.Struct({ approved: Schema.Boolean, by: Schema.String })
const decision = defineSignal("decision", Decision)
const approval = defineWorkflow("approval", {
  input: Schema.Struct({ order: Schema.String, lines: Schema.Array(Schema.Int) }),
  output: Schema.String,
  run: () => Effect.map(decision.receive, ({ by }) => by)
})
const input = { order: "o-1", lines: [1, 2] }
const ada = { approved: true, by: "Ada" }

onEachStore("What is asked a second time", (newStore) => {
  const setUp = Effect.gen(function* () {
    const open = yield* newStore
    const engine = yield* open({ workflows: [approval] })
    yield* engine.client.start(approval, { runId: "r", input })
    return { ...engine, open }
  })

  live("a signal is answered as the first time, before and after the end, and is received once", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      yield* client.signal("r", decision, ada, { id: "1" })
      yield* client.signal("r", decision, { by: "Ada", approved: true }, { id: "1" })
      expect(yield* client.wait(approval, "r")).toBe("Ada")
      const before = yield* client.history("r")
      yield* client.signal("r", decision, ada, { id: "1" })
      expect(yield* client.history("r")).toEqual(before)
      // One that nobody ever sent comes too late all the same.
      const late = yield* Effect.flip(client.signal("r", decision, ada, { id: "2" }))
      expect(late).toMatchObject({ _tag: "RunFinished", status: "succeeded" })
      expect(late.message).toBe("run r has succeeded: signal decision comes too late")
      expect(yield* client.history("r")).toEqual(before)
    })
  )

  live(
    "a signal of one id with another payload is a conflict, before and after the end, and the first one stands",
    () =>
      Effect.gen(function* () {
        const { client } = yield* setUp
        const other = client.signal("r", decision, { approved: false, by: "Bob" }, { id: "1" })
        yield* client.signal("r", decision, ada, { id: "1" })
        const conflict = { _tag: "SignalConflict", runId: "r", signal: "decision", id: "1" }
        expect(yield* Effect.flip(other)).toMatchObject(conflict)
        expect(yield* client.wait(approval, "r")).toBe("Ada")
        expect(yield* Effect.flip(other)).toMatchObject(conflict)
      })
  )

  live("a signal with a payload that stands in an object of its own is compared by its content", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      const long = (by: string) => ({ approved: true, by: by.repeat(300_000) })
      yield* client.signal("r", decision, long("a"), { id: "1" })
      yield* client.wait(approval, "r")
      yield* client.signal("r", decision, long("a"), { id: "1" })
      yield* client.signal("r", decision, { by: "a".repeat(300_000), approved: true }, { id: "1" })
      expect(yield* Effect.flip(client.signal("r", decision, long("b"), { id: "1" }))).toMatchObject({
        _tag: "SignalConflict"
      })
      expect(yield* Effect.flip(client.signal("r", decision, ada, { id: "1" }))).toMatchObject({
        _tag: "SignalConflict"
      })
    })
  )

  live("a cancellation is answered as the first time, before and after the end, and the first reason stands", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      yield* client.cancel("r", { reason: "enough" })
      yield* client.cancel("r", { reason: "enough" })
      yield* client.cancel("r", { reason: "another" })
      expect(yield* Effect.flip(client.wait(approval, "r"))).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
      yield* client.cancel("r", { reason: "enough" })
      yield* client.cancel("r")
      expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start", "cancel"])
      const late = yield* Effect.flip(client.signal("r", decision, ada, { id: "1" }))
      expect(late).toMatchObject({
        _tag: "RunFinished",
        message: "run r was cancelled: signal decision comes too late"
      })
    })
  )

  live("a start is answered as the first time, before and after the end, if its input is equal by value", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      const again = client.start(approval, { runId: "r", input: { lines: [1, 2], order: "o-1" } })
      expect(yield* again).toEqual({ runId: "r", isNew: false, generation: 0 })
      yield* client.signal("r", decision, ada)
      yield* client.wait(approval, "r")
      expect(yield* again).toEqual({ runId: "r", isNew: false, generation: 0 })
      const other = client.start(approval, { runId: "r", input: { ...input, lines: [2, 1] } })
      expect(yield* Effect.flip(other)).toMatchObject({ _tag: "RunConflict" })
    })
  )

  live("two clients at once: one payload stands, and every other one is told so", () =>
    Effect.gen(function* () {
      const { client, open } = yield* setUp
      const clients = [client, (yield* open({ workflows: [approval] })).client]
      const sendAll = Effect.forEach(
        Array.from({ length: 20 }, (_, i) => ({ by: `${i % 4}`, client: clients[i % 2] ?? client })),
        ({ by, client }) =>
          Effect.match(client.signal("r", decision, { approved: true, by }, { id: "1" }), {
            onSuccess: () => ({ by, answer: "accepted" }),
            onFailure: ({ _tag }) => ({ by, answer: _tag as string })
          }),
        { concurrency: "unbounded" }
      )
      const answers = yield* sendAll
      const winner = yield* client.wait(approval, "r")
      const expected = answers.map(({ by }) => ({ by, answer: by === winner ? "accepted" : "SignalConflict" }))
      expect(answers).toEqual(expected)
      expect(yield* sendAll).toEqual(expected)
    })
  )

  live("a signal to a parked run is kept, and answered alike each time", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({})
      yield* engine.client.start(approval, { runId: "r", input })
      const parked = Effect.map(engine.client.get("r"), ({ status }) => status === "parked")
      yield* eventually("parked: nobody knows the workflow", parked)
      yield* engine.client.signal("r", decision, ada, { id: "1" })
      yield* engine.client.signal("r", decision, ada, { id: "1" })
      const conflict = engine.client.signal("r", decision, { ...ada, by: "Bob" }, { id: "1" })
      expect(yield* Effect.flip(conflict)).toMatchObject({ _tag: "SignalConflict" })
      yield* engine.close
      const mended = yield* open({ workflows: [approval] })
      expect(yield* mended.client.wait(approval, "r")).toBe("Ada")
      yield* mended.client.signal("r", decision, ada, { id: "1" })
    })
  )
})
