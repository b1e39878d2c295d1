import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expect } from "vitest"
import {
  defineSignal,
  defineStep,
  defineStream,
  defineWorkflow,
  StoreRefused,
  StoreUnavailable
} from "../../src/index.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { type Engine, eventually, live, openEngine, type StoreLayer, tempFile } from "./engine.ts"

const words = defineStream("words", Schema.String, { flushEvery: 0 })
const go = defineSignal("go", Schema.String)

const echoes = defineWorkflow("echoes", {
  input: Schema.Int,
  output: Schema.Null,
  run: Effect.fn(function* (times: number) {
    for (let i = 0; i < times; i++) {
      const word = yield* go.receive
      yield* words.emit(word)
      yield* words.emit(`${word}!`)
    }
    return null
  })
})

const large = "x".repeat(30_000)

/** More at once than a chunk holds. */
const bulky = defineWorkflow("bulky", {
  input: Schema.Int,
  output: Schema.Null,
  run: Effect.fn(function* (count: number) {
    for (let i = 0; i < count; i++) yield* words.emit(`${i} ${large}`)
    yield* go.receive
    return null
  })
})

/** Emits faster than a store that is away takes it. */
const pours = defineStep("pours", {
  input: Schema.Int,
  output: Schema.Int,
  run: (count, { emit }) =>
    Effect.gen(function* () {
      for (let i = 0; i < count; i++) {
        yield* emit(words, `${i} ${large}`)
        poured.count = i + 1
      }
      return count
    })
})
const poured = { count: 0 }

const overflows = defineStep("overflows", {
  input: Schema.Literals(["large", "unfit", "caught"]),
  output: Schema.String,
  retry: { attempts: 5 },
  run: (how, { attempt, emit, emitOrFail }) =>
    Effect.gen(function* () {
      yield* emit(words, `try ${attempt}`)
      const tooMuch = "x".repeat(70_000)
      if (how === "large") yield* emit(words, tooMuch)
      if (how === "unfit") yield* emit(words, 1 as never)
      return yield* Effect.as(emitOrFail(words, tooMuch), "fine").pipe(
        Effect.catch(({ _tag, stream }) => Effect.succeed(`${_tag} ${stream}`))
      )
    })
})

const hourly = defineStream("hourly", Schema.Int, { flushEvery: "1 hour" })

const pelts = defineStep("pelts", {
  input: Schema.Int,
  output: Schema.Int,
  run: (count, { emit }) =>
    Effect.as(
      Effect.forEach(
        Array.from({ length: count }, (_, index) => index),
        (index) => emit(hourly, index),
        { discard: true }
      ),
      count
    )
})

const runsStep = defineWorkflow("runsStep", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (how) {
    if (how.startsWith("pelt")) return String(yield* pelts(Number(how.slice(4))))
    if (how.startsWith("pour")) return String(yield* pours(Number(how.slice(4))))
    return yield* overflows
      .orFail(how as "large")
      .pipe(Effect.catchTag("StepFailed", ({ attempts, reason }) => Effect.succeed(`${reason} ${attempts}`)))
  })
})

const definitions = { workflows: [echoes, bulky, runsStep], steps: [pours, pelts, overflows] as const }

/** Commits in order over the ports of a file, as on AWS, and chunks are taken only while `isOpen` says so. */
const inOrder =
  (chunks: { isOpen: boolean; puts: number; refuses?: boolean; mostPuts?: number }) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.gen(function* () {
        const context = yield* Effect.context<any>()
        const output = Context.get(context, OutputChunks)
        const limited: OutputChunks["Service"] = {
          ...output,
          put: (stream, chunk) =>
            Effect.suspend(() => {
              const operation = "OutputChunks.put"
              if (chunk.source.kind === "end" && chunks.refuses === true)
                return Effect.fail(new StoreRefused({ operation, message: "no right to put", mend: "give it" }))
              if (!chunks.isOpen || chunks.puts === chunks.mostPuts)
                return Effect.fail(new StoreUnavailable({ operation, message: "away, says the test" }))
              chunks.puts++
              return output.put(stream, chunk)
            })
        }
        const changed = Context.add(context, OutputChunks, limited) as Context.Context<any>
        return Context.add(changed, Commits, yield* Effect.provideContext(commitInOrder, changed))
      })
    ).pipe(Layer.provide(store)) as StoreLayer

const read = ({ client }: Engine, runId: string, isLive: boolean) =>
  client.stream(runId, words, { live: isLive, tries: "all" }).pipe(
    Stream.map(({ value }) => value.split(" ")[0] ?? ""),
    Stream.runCollect,
    Effect.map((all) => [...all])
  )

describe("Output that follows a commit", () => {
  live("is appended once when the store is back", () =>
    Effect.gen(function* () {
      const chunks = { isOpen: true, puts: 0 }
      const engine = yield* openEngine({ ...definitions, filename: yield* tempFile, wrap: inOrder(chunks) })
      const { client } = engine
      const { runId } = yield* client.start(echoes, { input: 2 })
      yield* client.signal(runId, go, "a")
      yield* eventually(
        "the first",
        Effect.map(read(engine, runId, false), (all) => all.length === 2)
      )
      chunks.isOpen = false
      yield* client.signal(runId, go, "b")
      yield* client.wait(echoes, runId)
      expect(yield* read(engine, runId, false)).toEqual(["a", "a!"])
      // The run has ended, and its readers wait for what is still to come.
      const reading = yield* Effect.forkChild(read(engine, runId, true))
      chunks.isOpen = true
      expect(yield* Fiber.join(reading)).toEqual(["a", "a!", "b", "b!"])
    })
  )

  live("is appended by the next host if the one that committed it has died", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      for (const signals of [["a"], ["a", "b"]]) {
        const chunks = { isOpen: true, puts: 0 }
        const first = yield* openEngine({ ...definitions, filename, wrap: inOrder(chunks) })
        const { runId } = yield* first.client.start(echoes, { input: 2 })
        for (const word of signals.slice(0, -1)) yield* first.client.signal(runId, go, word)
        yield* eventually(
          "what came before",
          Effect.map(read(first, runId, false), (all) => all.length === 2 * signals.length - 2)
        )
        chunks.isOpen = false
        yield* first.client.signal(runId, go, signals.at(-1) ?? "")
        yield* eventually(
          "its commit",
          Effect.map(first.table.readHead(runId), (head) => head?.adopted === 1 + signals.length)
        )
        yield* first.close
        const second = yield* openEngine({ ...definitions, filename, wrap: inOrder({ isOpen: true, puts: 0 }) })
        const due = signals.flatMap((word) => [word, `${word}!`])
        yield* eventually(
          "all of it",
          Effect.map(read(second, runId, false), (all) => all.length === due.length)
        )
        expect(yield* read(second, runId, false)).toEqual(due)
        yield* second.close
      }
    })
  )

  live("is appended to its end if the one that committed it has died after a part of it", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openEngine({
        ...definitions,
        filename,
        wrap: inOrder({ isOpen: true, puts: 0, mostPuts: 1 })
      })
      const { runId } = yield* first.client.start(bulky, { input: 5 })
      yield* eventually(
        "the first chunk",
        Effect.map(read(first, runId, false), (all) => all.length === 2)
      )
      yield* first.close
      const second = yield* openEngine({ ...definitions, filename, wrap: inOrder({ isOpen: true, puts: 0 }) })
      yield* eventually(
        "all of it",
        Effect.map(read(second, runId, false), (all) => all.length === 5)
      )
      expect(yield* read(second, runId, false)).toEqual(["0", "1", "2", "3", "4"])
    })
  )

  live("ends for a reader that may not write", () =>
    Effect.gen(function* () {
      const chunks = { isOpen: true, puts: 0, refuses: true }
      const engine = yield* openEngine({ ...definitions, filename: yield* tempFile, wrap: inOrder(chunks) })
      const { runId } = yield* engine.client.start(echoes, { input: 1 })
      yield* engine.client.signal(runId, go, "a")
      yield* engine.client.wait(echoes, runId)
      expect(yield* read(engine, runId, true)).toEqual(["a", "a!"])
    })
  )
})

describe("Output of a step", () => {
  live("waits for a store that is away with no more than a chunk in hand, and all of it comes before the outcome", () =>
    Effect.gen(function* () {
      const chunks = { isOpen: false, puts: 0 }
      const engine = yield* openEngine({ ...definitions, filename: yield* tempFile, wrap: inOrder(chunks) })
      poured.count = 0
      const { runId } = yield* engine.client.start(runsStep, { input: "pour20" })
      yield* eventually(
        "a full lane",
        Effect.sync(() => poured.count >= 2)
      )
      yield* eventually(
        "asks again",
        Effect.sync(() => engine.logged.filter((line) => line.includes("stream words")).length > 2)
      )
      expect(poured.count).toBeLessThan(4)
      chunks.isOpen = true
      expect(yield* engine.client.wait(runsStep, runId)).toBe("20")
      expect(yield* read(engine, runId, true)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
      // Two of them fit into one chunk.
      expect(chunks.puts).toBeLessThanOrEqual(21)
    })
  )

  live("that makes a whole chunk is written at once, whatever the distance between two writes", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ ...definitions, filename: yield* tempFile })
      expect(yield* engine.client.execute(runsStep, { runId: "r", input: "pelt3500" })).toBe("3500")
      const items = yield* Stream.runCollect(engine.client.stream("r", hourly, { tries: "all" }))
      expect(items.map(({ value }) => value)).toEqual(Array.from({ length: 3_500 }, (_, index) => index))
    })
  )

  live("that is too large or unfit ends the step at once, with a type", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ ...definitions, filename: yield* tempFile })
      const ends = (input: string) => engine.client.execute(runsStep, { runId: input, input })
      expect(yield* ends("large")).toBe("stream 1")
      expect(yield* ends("unfit")).toBe("stream 1")
      expect(yield* ends("caught")).toBe("EmitTooLarge words")
      expect(yield* read(engine, "large", true)).toEqual(["try"])
    })
  )
})
