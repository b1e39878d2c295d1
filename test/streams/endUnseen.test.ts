import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expect } from "vitest"
import { continueAsNew, defineStream, defineUpdate, defineWorkflow, StoreUnavailable, sleep } from "../../src/index.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { eventually, live, openEngine, type StoreLayer, tempFile } from "./engine.ts"

const words = defineStream("words", Schema.String, { flushEvery: 0 })

/** Kept elsewhere than in the rows that it comes with. */
const long = "long".repeat(1_000)

const goesOn = defineWorkflow("goesOn", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (word: string) {
    return word === long ? yield* continueAsNew("short") : word
  })
})

const says = defineWorkflow("says", {
  input: Schema.String,
  output: Schema.Null,
  run: (word: string) => Effect.as(words.emit(word), null)
})

const ends = defineWorkflow("ends", { input: Schema.String, output: Schema.String, run: Effect.succeed })

interface Between {
  /** Of the next objects asked for, so many are not there. */
  away: number
  takesOutput: boolean
  /** What has happened, in its order. */
  readonly log: Array<string>
}

const between = (): Between => ({ away: 0, takesOutput: true, log: [] })

/** Commits in order over the ports of a file, as on AWS. */
const inOrder =
  (state: Between) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.gen(function* () {
        const context = yield* Effect.context<any>()
        const [table, queue] = [Context.get(context, RunTable), Context.get(context, StepQueue)]
        const [payloads, output] = [Context.get(context, Payloads), Context.get(context, OutputChunks)]
        const changed = context.pipe(
          Context.add(RunTable, {
            ...table,
            commitHead: (runId, head) =>
              Effect.tap(table.commitHead(runId, head), () => Effect.sync(() => state.log.push(`head ${head.status}`)))
          }),
          Context.add(StepQueue, {
            ...queue,
            send: (messages) =>
              Effect.tap(queue.send(messages), () =>
                Effect.sync(() => state.log.push(...messages.map(({ kind, runId }) => `${kind} ${runId}`)))
              )
          }),
          Context.add(Payloads, {
            ...payloads,
            inlineLimitBytes: 1_000,
            get: (sha256) => Effect.suspend(() => (state.away-- > 0 ? Effect.succeed(undefined) : payloads.get(sha256)))
          }),
          Context.add(OutputChunks, {
            ...output,
            put: (stream, chunk) =>
              Effect.suspend(() =>
                state.takesOutput
                  ? output.put(stream, chunk)
                  : Effect.fail(new StoreUnavailable({ operation: "OutputChunks.put", message: "away, says the test" }))
              )
          })
        ) as Context.Context<any>
        return Context.add(changed, Commits, yield* Effect.provideContext(commitInOrder, changed))
      })
    ).pipe(Layer.provide(store)) as StoreLayer

const saysAndWaits = defineWorkflow("saysAndWaits", {
  input: Schema.String,
  output: Schema.Null,
  run: (word: string) => Effect.as(Effect.andThen(words.emit(word), sleep("1 hour")), null)
})

const ask = defineUpdate("ask", { input: Schema.String, output: Schema.String })

/** Ends with its answer. */
const answers = defineWorkflow("answers", {
  input: Schema.String,
  output: Schema.Null,
  run: Effect.fn(function* () {
    const isAsked = yield* Deferred.make<null>()
    yield* ask.handle((text) => Effect.as(Deferred.succeed(isAsked, null), `${text}!`))
    return yield* Deferred.await(isAsked)
  })
})

const workflows = [goesOn, says, saysAndWaits, ends, answers]

/** A host that cannot read what the run begins with parks it, and closes; another has what it needs, and nothing has rung for the run there. */
const servedByAnother = Effect.fnUntraced(function* (
  begin: (engine: Effect.Success<ReturnType<typeof openEngine>>) => Effect.Effect<{ readonly runId: string }, any, any>
) {
  const filename = yield* tempFile
  const first = { ...between(), away: Number.POSITIVE_INFINITY }
  const before = yield* openEngine({ workflows, filename, wrap: inOrder(first) })
  const { runId } = yield* begin(before)
  yield* eventually(
    "parked",
    Effect.map(before.table.readHead(runId), (head) => head?.status === "parked")
  )
  yield* before.close
  const second = between()
  return { runId, second, after: yield* openEngine({ workflows, filename, wrap: inOrder(second) }) }
})

describe("A run that the sweeper brings to an end", () => {
  live("has a wake-up before that commit, for what follows it: none of its own comes again", () =>
    Effect.gen(function* () {
      const { after, runId, second } = yield* servedByAnother(({ client }) => client.start(goesOn, { input: long }))
      expect(yield* after.client.wait(goesOn, runId)).toBe("short")
      yield* eventually(
        "both commits",
        Effect.sync(() => second.log.length >= 3)
      )
      expect(second.log.slice(0, 2)).toEqual([`wake ${runId}`, "head continued"])
      expect(second.log.filter((line) => line.startsWith("wake"))).toHaveLength(1)
    })
  )

  live("has one for the answer to an update as well, which is put when the commit stands", () =>
    Effect.gen(function* () {
      const { after, runId, second } = yield* servedByAnother(({ client, table }) =>
        Effect.gen(function* () {
          const runId = "asked"
          yield* table.put(runId, { kind: "update", at: 1, name: "ask", id: "1", payload: { json: '"a"' } })
          return yield* client.start(answers, { runId, input: long })
        })
      )
      expect(yield* after.client.wait(answers, runId)).toBe(null)
      expect(yield* after.client.updateAnswer(runId, ask, "1")).toBe("a!")
      yield* eventually(
        "both",
        Effect.sync(() => second.log.length >= 2)
      )
      expect(second.log.slice(0, 2)).toEqual([`wake ${runId}`, "head succeeded"])
    })
  )

  live("has none where a doorbell brings it there, and comes again", () =>
    Effect.gen(function* () {
      const state = between()
      const { client } = yield* openEngine({ workflows, wrap: inOrder(state) })
      expect(yield* client.execute(goesOn, { runId: "on", input: long })).toBe("short")
      yield* eventually(
        "both commits",
        Effect.sync(() => state.log.length >= 2)
      )
      expect(state.log).toEqual(["head continued", "head succeeded"])
    })
  )

  live("has none where nothing follows", () =>
    Effect.gen(function* () {
      const { after, runId, second } = yield* servedByAnother(({ client }) => client.start(ends, { input: long }))
      expect(yield* after.client.wait(ends, runId)).toBe(long)
      yield* eventually(
        "its commit",
        Effect.sync(() => second.log.length > 0)
      )
      expect(second.log).toEqual(["head succeeded"])
    })
  )
})

describe("A run that has ended, and whose host has died before its last values were written", () => {
  const diesOver = Effect.fnUntraced(function* (filename: string) {
    const state = { ...between(), takesOutput: false }
    const engine = yield* openEngine({ workflows, filename, wrap: inOrder(state) })
    const { runId } = yield* engine.client.start(says, { input: long })
    yield* eventually(
      "its commit",
      Effect.map(engine.table.readHead(runId), (head) => head?.status === "succeeded")
    )
    yield* engine.close
    return runId
  })

  live("has them in spite of an object that is away for a moment", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const runId = yield* diesOver(filename)
      const { client, logged } = yield* openEngine({ workflows, filename, wrap: inOrder({ ...between(), away: 2 }) })
      const reading = yield* Effect.forkChild(Stream.runCollect(client.stream(runId, words, { tries: "all" })))
      expect((yield* Fiber.join(reading)).map(({ value }) => value)).toEqual([long])
      expect(logged.filter((line) => line.includes("lacks its last values"))).toEqual([])
    })
  )

  live("has its stream end without them, and the log says so, if the object is gone", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const runId = yield* diesOver(filename)
      const state = { ...between(), away: Number.POSITIVE_INFINITY }
      const { client, logged } = yield* openEngine({ workflows, filename, wrap: inOrder(state) })
      expect([...(yield* Stream.runCollect(client.stream(runId, words)))]).toEqual([])
      const told = logged.filter((line) => line.includes("lacks its last values"))
      expect(told).toHaveLength(1)
      expect(told[0]).toContain("Error")
    })
  )
})

describe("A run that was terminated, and whose host had died before its last values were written", () => {
  const diesOver = Effect.fnUntraced(function* (filename: string) {
    const state = { ...between(), takesOutput: false }
    const engine = yield* openEngine({ workflows, filename, wrap: inOrder(state) })
    const { runId } = yield* engine.client.start(saysAndWaits, { input: long })
    yield* eventually(
      "its commit",
      Effect.map(engine.table.readHead(runId), (head) => head?.status === "running")
    )
    yield* engine.client.terminate(runId)
    yield* engine.close
    return runId
  })

  const readBy = Effect.fnUntraced(function* (known: typeof workflows) {
    const filename = yield* tempFile
    const runId = yield* diesOver(filename)
    const { client, logged } = yield* openEngine({ workflows: known, filename, wrap: inOrder(between()) })
    yield* Effect.flip(client.wait(saysAndWaits, runId))
    const values = yield* Stream.runCollect(client.stream(runId, words, { tries: "all" }))
    return { values: values.map(({ value }) => value), lacks: logged.filter((line) => line.includes("lacks its last")) }
  })

  live("has them from what it had come to", () =>
    Effect.gen(function* () {
      expect(yield* readBy(workflows)).toEqual({ values: [long], lacks: [] })
    })
  )

  const saysLess = defineWorkflow("saysAndWaits", {
    input: Schema.String,
    output: Schema.Null,
    run: () => Effect.as(sleep("1 hour"), null)
  })

  live("has its stream end without them, and the log says so, if its code has other values", () =>
    Effect.gen(function* () {
      const { lacks, values } = yield* readBy([goesOn, says, saysLess, ends, answers])
      expect(values).toEqual([])
      expect(lacks).toHaveLength(1)
    })
  )
})
