import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { defineState, defineStep, defineStream, defineUpdate, defineWorkflow } from "../../../src/index.ts"
import { live } from "../../streams/engine.ts"
import { onEachEngine } from "./onEachEngine.ts"
import { Declined, go, openShop } from "./shop.ts"

const words = defineStream("words", Schema.String, { flushEvery: 0 })
const shown = defineState("shown", Schema.String)
const ask = defineUpdate("ask", { input: Schema.String, output: Schema.String })
const long = defineStep("long", {
  input: Schema.String,
  output: Schema.String,
  run: (letter) => Effect.succeed(letter.repeat(400_000))
})

onEachEngine("A copy", (newStore, store) => {
  live("is copied in turn: a fork of a retry of a fork has been through the same, and nothing kept runs again", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { broken, of, order, steps } = openShop()
      const { client } = yield* open({ workflows: [order], steps })
      yield* client.start(order, { runId: "r", input: "book" })
      yield* client.signal("r", go, "pay")
      const first = yield* client.wait(order, "r")
      broken.add("ship")
      yield* client.fork(order, "r", { at: 4, runId: "f" })
      yield* Effect.flip(client.wait(order, "f"))
      broken.clear()
      yield* client.retry(order, "f")
      const second = yield* client.wait(order, "f")
      expect(second.slice(0, 3)).toEqual(first.slice(0, 3))
      yield* client.fork(order, "f", { at: 4, runId: "g" })
      const third = yield* client.wait(order, "g")
      expect(third.slice(0, 3)).toEqual(first.slice(0, 3))
      yield* client.reset(order, "g", { at: 5 }).pipe(Effect.flip)
      yield* client.reset(order, "g", { at: 3 })
      // Its run id is read by the body: what it asks behind the cut is as it has begun.
      const fourth = yield* client.wait(order, "g")
      expect(fourth[0]).toEqual(first[0])
      expect(of("reserve")).toHaveLength(1)
      expect(of("charge").map(({ key }) => key)).toEqual(["r/charge#0", "g^1/charge#0"])
      expect(of("ship").map(({ key }) => key)).toEqual(["r/ship#0", "f/ship#0", "f/ship#0", "g/ship#0", "g^1/ship#0"])
    })
  )

  live("has large values of its own, edited ones too", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const twice = defineWorkflow("twice", {
        input: Schema.String,
        output: Schema.Array(Schema.String),
        run: Effect.fn(function* (text) {
          const first = yield* long("a")
          const word = yield* go.receive
          return [text, first, word, yield* long("b")]
        })
      })
      const { client } = yield* open({ workflows: [twice], steps: [long] })
      const input = "i".repeat(300_000)
      yield* client.start(twice, { runId: "r", input })
      yield* client.signal("r", go, "w".repeat(300_000))
      const first = yield* client.wait(twice, "r")
      yield* client.fork(twice, "r", { at: 3, runId: "f" })
      expect(yield* client.wait(twice, "f")).toEqual(first)
      if (store !== "virtual") yield* client.delete("r")
      yield* client.reset(twice, "f", { at: 2 })
      expect(yield* client.wait(twice, "f")).toEqual(first)
      const outcomes = { "step/long#0": { succeeded: "z".repeat(60_000) } }
      yield* client.fork(twice, "f", { at: 3, runId: "g", outcomes })
      expect((yield* client.wait(twice, "g"))[1]).toBe("z".repeat(60_000))
      const most = { "step/long#0": { succeeded: "z".repeat(300_000) } }
      expect(yield* Effect.flip(client.fork(twice, "f", { at: 3, outcomes: most }))).toMatchObject({
        _tag: "RepairRefused",
        reason: "outcomes"
      })
    })
  )

  live("shows what the kept part has shown and emitted once, and answers nobody twice", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { broken, charge, steps } = openShop()
      const talks = defineWorkflow("talks", {
        input: Schema.String,
        output: Schema.String,
        error: Declined,
        run: Effect.fn(function* (text) {
          yield* words.emit(`hello ${text}`)
          yield* shown.set("asked")
          const heard: Array<string> = []
          yield* ask.handle((question) => Effect.sync(() => `${heard.push(question)} ${question}`))
          const word = yield* go.receive
          yield* words.emit(word)
          const charged = yield* charge(word)
          yield* words.emit("bye")
          return `${charged} ${heard.join()}`
        })
      })
      const { client } = yield* open({ workflows: [talks], steps })
      broken.add("charge")
      yield* client.start(talks, { runId: "r", input: "you" })
      expect(yield* client.update("r", ask, "who", { id: "u" })).toBe("1 who")
      yield* client.signal("r", go, "pay")
      yield* Effect.flip(client.wait(talks, "r"))
      broken.clear()
      yield* client.retry(talks, "r")
      expect(yield* client.wait(talks, "r")).toBe("charge of pay who")
      const read = (runId: string) =>
        Effect.map(Stream.runCollect(client.stream(runId, words)), (all) =>
          all.map((item) => (item._tag === "Value" ? item.value : item._tag))
        )
      expect(yield* read("r")).toEqual(["hello you", "pay", "bye"])
      expect(yield* client.state("r", shown)).toBe("asked")
      yield* client.fork(talks, "r", { at: 3, runId: "f" })
      expect(yield* client.wait(talks, "f")).toBe("charge of pay who")
      expect(yield* read("f")).toEqual(["hello you", "pay", "bye"])
      // Another run is asked: it has that update as well, and its answer.
      expect(yield* client.update("f", ask, "who", { id: "u" })).toBe("1 who")
      expect(yield* client.updateAnswer("f", ask, "u")).toBe("1 who")
      yield* client.reset(talks, "f", { at: 2 })
      expect(yield* client.wait(talks, "f")).toBe("charge of pay who")
      expect(yield* client.updateAnswer("f", ask, "u")).toBe("1 who")
    })
  )
})
