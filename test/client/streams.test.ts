import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import {
  type Client,
  continueAsNew,
  defineSignal,
  defineStep,
  defineStream,
  defineWorkflow,
  type StreamDefinition,
  type StreamReadOptions
} from "../../src/index.ts"
import { live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const tokens = defineStream("tokens", Schema.String, { flushEvery: 0 })
const numbers = defineStream("numbers", Schema.Struct({ n: Schema.Int, at: Schema.Date }))
const go = defineSignal("go", Schema.Null)

const say = defineStep("say", {
  input: Schema.String,
  output: Schema.Null,
  run: (text, { emit }) =>
    Effect.as(
      Effect.forEach(text.split(" "), (word) => emit(tokens, word)),
      null
    )
})

const sayAsync = defineStep("sayAsync", {
  input: Schema.String,
  output: Schema.Null,
  run: async (text, context) => {
    for (const word of text.split(" ")) await context.emit(tokens, word)
    return null
  }
})

const sayInline = defineStep("sayInline", {
  input: Schema.String,
  output: Schema.Null,
  inline: true,
  run: (text, { emit }) => Effect.as(emit(tokens, text), null)
})

/** Says it halfway and fails, as often as it is told; then says all of it, or nothing. */
const stutter = defineStep("stutter", {
  input: Schema.Struct({ text: Schema.String, failures: Schema.Int, thenSilent: Schema.Boolean }),
  output: Schema.Null,
  retry: { attempts: 3, initial: "1 millis" },
  run: ({ failures, text, thenSilent }, { attempt, emit }) =>
    Effect.gen(function* () {
      const words = text.split(" ")
      if (attempt <= failures) {
        for (const word of words.slice(0, 2)) yield* emit(tokens, `${word}?`)
        return yield* Effect.die(new Error("lost the thread"))
      }
      if (!thenSilent) for (const word of words) yield* emit(tokens, word)
      return null
    })
})

const talks = defineWorkflow("talks", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    yield* tokens.emit("body:")
    yield* say("one two three")
    yield* tokens.emit("then")
    yield* tokens.emit("async:")
    yield* sayAsync("four five")
    yield* sayInline("inline")
    yield* numbers.emit({ n: 1, at: new Date(0) })
    yield* go.receive
    yield* tokens.emit("end")
    return null
  })
})

const stutters = defineWorkflow("stutters", {
  input: stutter.input().schema as Schema.Codec<{
    readonly text: string
    readonly failures: number
    readonly thenSilent: boolean
  }>,
  output: Schema.Null,
  run: Effect.fn(function* (input) {
    yield* stutter(input)
    yield* go.receive
    return null
  })
})

const definitions = { workflows: [talks, stutters], steps: [say, sayAsync, sayInline, stutter] as const }
const spoken = ["body:", "one", "two", "three", "then", "async:", "four", "five", "inline", "end"]
const ofBody = (word: string) => ["body:", "then", "async:", "end"].includes(word)

/** Words as they come; `x` for a note that what came of the step does not stand. */
const read = (
  client: Client["Service"],
  runId: string,
  options: StreamReadOptions = {},
  stream: StreamDefinition<string, string> = tokens
) => client.stream(runId, stream, options).pipe(Stream.map((item) => (item._tag === "Value" ? item.value : "x")))

const collected = <E>(words: Stream.Stream<string, E>) => Effect.map(Stream.runCollect(words), (all) => [...all])

onEachStore("Output streams", (newStore, store) => {
  live("bring what body and steps emit, live, in order, and end with the run", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const { runId } = yield* client.start(talks, { input: null })
      const reading = yield* Effect.forkChild(collected(read(client, runId)))
      const first = [...(yield* Stream.runCollect(client.stream(runId, tokens).pipe(Stream.take(9))))]
      const told = first.map((item) => (item._tag === "Value" ? item.value : "x"))
      // On DynamoDB a step may begin to write before what its turn has emitted is there.
      if (store === "sqlite") expect(told).toEqual(spoken.slice(0, 9))
      for (const isOf of [ofBody, (word: string) => !ofBody(word)])
        expect(told.filter(isOf)).toEqual(spoken.slice(0, 9).filter(isOf))
      expect(first.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
      expect(first.flatMap((item) => (item._tag === "Value" ? [item.source.from] : []))).toEqual(
        told.map((word) => (ofBody(word) ? "body" : "step"))
      )
      expect(yield* collected(read(client, runId, { live: false, from: 4 }))).toEqual(told.slice(4))
      expect(yield* collected(read(client, runId, { live: false, from: -2 }))).toEqual(told.slice(-2))
      yield* client.signal(runId, go, null)
      yield* client.wait(talks, runId)
      const whole = [...told, "end"]
      expect(yield* Fiber.join(reading)).toEqual(whole)
      for (const from of [0, 3, 9, 10, 99])
        for (const tries of ["all", "standing"] as const)
          expect(yield* collected(read(client, runId, { from, tries }))).toEqual(whole.slice(from))
      const [number] = yield* Stream.runCollect(client.stream(runId, numbers))
      expect(number).toMatchObject({ _tag: "Value", position: 0, value: { n: 1, at: new Date(0) } })
    })
  )

  live("tell the try that stands from those that were superseded, and the reader chooses", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const input = { text: "a b c", failures: 2, thenSilent: false }
      const { runId } = yield* client.start(stutters, { input })
      const tried = ["a?", "b?", "a?", "b?", "a", "b", "c"]
      const noted = ["a?", "b?", "x", "a?", "b?", "x", "a", "b", "c"]
      const reading = yield* Effect.forkChild(collected(read(client, runId)))
      expect([...(yield* Stream.runCollect(read(client, runId).pipe(Stream.take(9))))]).toEqual(noted)
      expect(yield* collected(read(client, runId, { live: false, tries: "all" }))).toEqual(tried)
      // As if the reader had been there all the time.
      expect(yield* collected(read(client, runId, { live: false, from: 3 }))).toEqual(["b?", "x", "a", "b", "c"])
      expect(yield* collected(read(client, runId, { live: false, from: 4 }))).toEqual(["x", "a", "b", "c"])
      yield* client.signal(runId, go, null)
      yield* client.wait(stutters, runId)
      expect(yield* Fiber.join(reading)).toEqual(noted)
      expect(yield* collected(read(client, runId))).toEqual(["a", "b", "c"])
      expect(yield* collected(read(client, runId, { tries: "all" }))).toEqual(tried)
    })
  )

  live("take back what a try has said whose successor says nothing", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const { runId } = yield* client.start(stutters, { input: { text: "a b", failures: 1, thenSilent: true } })
      const reading = yield* Effect.forkChild(collected(read(client, runId)))
      yield* Stream.runDrain(read(client, runId).pipe(Stream.take(2)))
      yield* client.signal(runId, go, null)
      yield* client.wait(stutters, runId)
      expect(yield* Fiber.join(reading)).toEqual(["a?", "b?", "x"])
      expect(yield* collected(read(client, runId))).toEqual([])
      expect(yield* collected(read(client, runId, { tries: "all" }))).toEqual(["a?", "b?"])
    })
  )

  live("tell what stands in each generation of a run", () =>
    Effect.gen(function* () {
      /** Each generation loses a try: of the first nothing stands, of the second what the second try has said. */
      const stuttersOn = defineWorkflow("stuttersOn", {
        input: Schema.Int,
        output: Schema.Null,
        run: Effect.fn(function* (generation) {
          yield* stutter({ text: `${generation}a ${generation}b`, failures: 1, thenSilent: generation === 0 })
          if (generation === 0) return yield* continueAsNew(1)
          yield* go.receive
          return null
        })
      })
      const { client } = yield* (yield* newStore)({ workflows: [stuttersOn], steps: [stutter] })
      const { runId } = yield* client.start(stuttersOn, { input: 0 })
      const reading = yield* Effect.forkChild(collected(read(client, runId)))
      const tried = ["0a?", "0b?", "1a?", "1b?", "x", "1a", "1b"]
      expect([...(yield* Stream.runCollect(read(client, runId).pipe(Stream.take(7))))]).toEqual(tried)
      yield* client.signal(runId, go, null)
      yield* client.wait(stuttersOn, runId)
      expect(yield* Fiber.join(reading)).toEqual([...tried, "x"])
      expect(yield* collected(read(client, runId))).toEqual(["1a", "1b"])
    })
  )

  live("answer readers of what is not there with a type", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const { runId } = yield* client.start(talks, { input: null })
      yield* Stream.runDrain(read(client, runId).pipe(Stream.take(9)))
      const failed = (options: StreamReadOptions, id = runId, stream: StreamDefinition<string, any> = tokens) =>
        Effect.map(Effect.flip(collected(read(client, id, options, stream))), ({ _tag }) => _tag)
      expect(yield* failed({}, "nobody")).toBe("RunNotFound")
      expect(yield* failed({}, "\ud800")).toBe("RunNotFound")
      expect(yield* failed({ from: 0.5 })).toBe("PositionInvalid")
      expect(yield* failed({ from: Number.NaN })).toBe("PositionInvalid")
      expect(yield* failed({}, runId, defineStream("tokens", Schema.Int))).toBe("StreamUnreadable")
      expect(yield* collected(read(client, runId, { live: false }, defineStream("other", Schema.String)))).toEqual([])
    })
  )
})
