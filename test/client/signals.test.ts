import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { collect, defineSignal, defineWorkflow } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const answered = defineSignal("answered", Schema.Int)
const added = defineSignal("added", Schema.Int)

/** Asks one question after the other, each for so many milliseconds. */
const questions = defineWorkflow("questions", {
  input: Schema.Array(Schema.Tuple([Schema.String, Schema.Int])),
  output: Schema.Array(Schema.NullOr(Schema.Int)),
  run: (asked) =>
    Effect.forEach(asked, ([question, ms]) =>
      Effect.map(Effect.timeoutOption(answered.for(question).receive, ms), Option.getOrNull)
    )
})

const long = 600_000

/** Has so many, then the run is over. */
const basket = defineWorkflow("basket", {
  input: Schema.Int,
  output: Schema.Array(Schema.Int),
  run: (count) => Effect.map(collect(added, { count, within: "1 hour" }), ({ values }) => values)
})

onEachStore("Signals", (newStore) => {
  const setUp = Effect.gen(function* () {
    const open = yield* newStore
    return { ...(yield* open({ workflows: [questions, basket] })), open }
  })

  live(
    "that are for one question never answer another, and what came too late is told, also when the run is over",
    () =>
      Effect.gen(function* () {
        const { client } = yield* setUp
        yield* client.start(questions, {
          runId: "q",
          input: [
            ["one", 50],
            ["two", long]
          ]
        })
        yield* eventually(
          "the second question is asked",
          Effect.map(client.get("q"), ({ waitingFor }) =>
            waitingFor.some((one) => one.kind === "signal" && one.for === "two")
          )
        )
        yield* client.signal("q", answered, 1, { for: "one" })
        yield* client.signal("q", answered.for("two"), 2)
        expect(yield* client.wait(questions, "q")).toEqual([null, 2])
        const { unread } = yield* client.get("q")
        expect(unread).toEqual([{ name: "answered", for: "one", count: 1 }])
      })
  )

  live("that nobody has asked for yet are told, and no longer when they are received", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      yield* client.start(questions, {
        runId: "q",
        input: [
          ["one", long],
          ["two", long]
        ]
      })
      yield* client.signal("q", answered, 2, { for: "two" })
      yield* client.signal("q", answered, 3)
      const told = Effect.map(client.get("q"), ({ unread }) => unread)
      yield* eventually(
        "both have come",
        Effect.map(told, (unread) => unread?.length === 2)
      )
      expect(yield* told).toEqual([
        { name: "answered", for: "two", count: 1 },
        { name: "answered", count: 1 }
      ])
      yield* client.signal("q", answered, 1, { for: "one" })
      expect(yield* client.wait(questions, "q")).toEqual([1, 2])
      expect(yield* told).toEqual([{ name: "answered", count: 1 }])
    })
  )

  live("of one id are one signal: for something else it is a conflict, and the first one stands", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      yield* client.start(questions, { runId: "q", input: [["one", long]] })
      yield* client.signal("q", answered, 1, { id: "a", for: "two" })
      yield* client.signal("q", answered, 1, { id: "a", for: "two" })
      for (const options of [{ id: "a", for: "one" }, { id: "a" }]) {
        const conflict = yield* Effect.flip(client.signal("q", answered, 1, options))
        expect(conflict).toMatchObject({ _tag: "SignalConflict", runId: "q", signal: "answered", id: "a" })
        expect(conflict.message).toMatch(/before, for something else, and that one stands/)
      }
    })
  )

  live("for what nothing can be for are refused, and nothing is written", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      yield* client.start(questions, { runId: "q", input: [["one", long]] })
      for (const what of ["", "x".repeat(129), "a\nb", "\ud800"])
        expect(yield* Effect.flip(client.signal("q", answered, 1, { for: what }))).toMatchObject({
          _tag: "SignalInvalid",
          message: expect.stringMatching(/^what signal answered is for: /)
        })
      const both = client.signal("q", answered.for("one"), 1, { for: "two" })
      expect((yield* Effect.flip(both)).message).toBe('what signal answered is for: it is both for "one" and for "two"')
      expect((yield* client.history("q")).filter(({ message }) => message.kind === "signal")).toEqual([])
    })
  )

  live(
    "that the body's own definition does not take park their run; a fork before them goes on without, a reset is handed them",
    () =>
      Effect.gen(function* () {
        const { client } = yield* setUp
        const before = defineSignal("added", Schema.String)
        yield* client.start(basket, { runId: "r", input: 2 })
        yield* client.signal("r", added, 1)
        const isParked = Effect.map(client.get("r"), ({ status }) => status === "parked")
        yield* eventually(
          "it has had one",
          Effect.map(client.history("r"), ([, first]) => first?.position === 1)
        )
        yield* client.signal("r", before, "two")
        yield* eventually("it is parked", isParked)
        expect(yield* client.get("r")).toMatchObject({
          parked: { _tag: "PayloadUnreadable" },
          remedy: expect.stringContaining("fork the run before it")
        })
        yield* client.fork(basket, "r", { at: 2, runId: "again" })
        yield* client.signal("again", added, 2)
        expect(yield* client.wait(basket, "again")).toEqual([1, 2])
        yield* client.reset(basket, "r", { at: 2 })
        yield* eventually(
          "its next generation is parked as well",
          Effect.map(client.get("r"), ({ generation, status }) => generation === 1 && status === "parked")
        )
      })
  )

  live("with a start start their run once, and can be sent again", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      const add = (payload: number, id: string) =>
        client.signalWithStart(basket, { runId: "b", input: 3, signal: added, payload, id })
      expect(yield* add(1, "x")).toEqual({ runId: "b", isNew: true, generation: 0 })
      expect(yield* add(1, "x")).toEqual({ runId: "b", isNew: false, generation: 0 })
      expect(yield* add(2, "y")).toEqual({ runId: "b", isNew: false, generation: 0 })
      expect(yield* add(1, "x")).toEqual({ runId: "b", isNew: false, generation: 0 })
      yield* client.signal("b", added, 3, { id: "z" })
      expect(yield* client.wait(basket, "b")).toEqual([1, 2, 3])
      // Their answer may have been lost until now.
      expect(yield* add(2, "y")).toEqual({ runId: "b", isNew: false, generation: 0 })
      expect(yield* Effect.flip(add(4, "new"))).toMatchObject({ _tag: "RunFinished", status: "succeeded" })
    })
  )

  live("with a start write nothing where one of both is wrong", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp
      const wrong = (options: object) =>
        Effect.flip(
          client.signalWithStart(basket, {
            runId: "b",
            input: 3,
            signal: added,
            payload: 1,
            ...(options as { readonly id?: string })
          })
        )
      expect((yield* wrong({ payload: "1" }))._tag).toBe("SignalInvalid")
      expect((yield* wrong({ id: "" }))._tag).toBe("SignalInvalid")
      expect((yield* wrong({ for: "" }))._tag).toBe("SignalInvalid")
      expect((yield* wrong({ input: "3" }))._tag).toBe("InputInvalid")
      expect((yield* wrong({ runId: "" }))._tag).toBe("RunIdInvalid")
      expect((yield* Effect.flip(client.get("b")))._tag).toBe("RunNotFound")
      yield* client.start(basket, { runId: "b", input: 1 })
      expect((yield* wrong({}))._tag).toBe("RunConflict")
      expect((yield* client.history("b")).filter(({ message }) => message.kind === "signal")).toEqual([])
    })
  )

  live(
    "of one sender, each sent after the one before was acknowledged, arrive in that order, whatever they are for",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { client } = yield* open({ workflows: [] })
        const order = defineWorkflow("order", {
          input: Schema.Int,
          output: Schema.Array(Schema.Int),
          run: (count) => Effect.forEach(Array.from({ length: count }), () => added.receive)
        })
        // No host is there: all of it is in the inbox when one comes, in one millisecond or several.
        yield* client.signalWithStart(order, { runId: "o", input: 10, signal: added, payload: 0 })
        for (let value = 1; value < 10; value++) {
          yield* client.signal("o", added, value)
          if (value % 3 === 0) yield* client.signal("o", added, value, { for: "another" })
        }
        yield* open({ workflows: [order] })
        expect(yield* client.wait(order, "o")).toEqual(Array.from({ length: 10 }, (_, value) => value))
      })
  )
})
