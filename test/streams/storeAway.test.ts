import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { compensateWith, defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { type Engine, live, openClient, openEngine, tempFile } from "./engine.ts"
import { faulty, firstTimes } from "./faults.ts"

/** Uses every operation of every port: large payloads, retries, timers that are cleared, children, signals, compensation. */
const scenario = () => {
  const executions: Array<string> = []
  const step = defineStep("step", {
    input: Schema.String,
    output: Schema.String,
    retry: { attempts: 3, initial: 5 },
    run: (text, { attempt, idempotencyKey }) =>
      Effect.suspend(() => {
        executions.push(idempotencyKey)
        return attempt === 1 ? Effect.die(new Error("once")) : Effect.succeed(text.toUpperCase())
      })
  })
  const inline = defineStep("inline", {
    input: Schema.Number,
    output: Schema.Number,
    inline: true,
    run: (n) => Effect.succeed(n + 1)
  })
  const undo = defineStep("undo", { input: Schema.Void, output: Schema.Void, run: () => Effect.void })
  const go = defineSignal("go", Schema.String)
  const child = defineWorkflow("child", {
    input: Schema.String,
    output: Schema.Number,
    error: Schema.Literal("refused"),
    run: Effect.fn(function* (text: string) {
      const upper = yield* step(text).pipe(compensateWith(() => undo()))
      yield* Effect.sleep(20)
      return yield* upper.length > 3 ? Effect.succeed(upper.length) : Effect.fail("refused" as const)
    })
  })
  const parent = defineWorkflow("parent", {
    input: Schema.String,
    output: Schema.Array(Schema.Unknown),
    run: Effect.fn(function* (text: string) {
      const signal = yield* go.receive
      const [long, refused] = yield* Effect.all([Effect.orDie(child.child(text)), Effect.result(child.child("no"))], {
        concurrency: 2
      })
      const late = yield* Effect.timeoutOption(Effect.sleep("1 hour"), 10)
      return [signal, long, refused._tag, late._tag, yield* inline(1), (yield* step(text)).slice(0, 3)]
    })
  })
  return { executions, go, parent, workflows: [parent, child], steps: [step, inline, undo] }
}

const expected = ["now", 5_000, "Failure", "None", 2, "XXX"]
const input = "x".repeat(5_000)
/** So small that inputs and outputs are objects of the payload store. */
const store = { inlineLimitBytes: 4_096 }

const runThrough = (engine: Engine, filename: string, one: ReturnType<typeof scenario>) =>
  Effect.gen(function* () {
    const client = yield* openClient(filename)
    yield* client.start(one.parent, { runId: "p", input })
    yield* client.signal("p", one.go, "now", { id: "1" })
    const outcome = yield* Effect.timeout(client.wait(one.parent, "p"), 25_000)
    expect(outcome).toEqual(expected)
    yield* engine.close
  })

const operations = [
  "RunTable.put",
  "RunTable.readHead",
  "RunTable.readMessage",
  "RunTable.readRun",
  "RunTable.list",
  "ChangeFeed.poll",
  "ChangeFeed.acknowledge",
  "StepQueue.receive",
  "StepQueue.replace",
  "StepQueue.receiveDead",
  "Payloads.put",
  "Payloads.get",
  "Commits.commit"
]

describe("a store that is away", () => {
  live("the scenario uses every operation below", () =>
    Effect.gen(function* () {
      const one = scenario()
      const filename = yield* tempFile
      const faults = firstTimes(0)
      const engine = yield* openEngine({ ...one, filename, store, wrap: faulty(faults) })
      yield* runThrough(engine, filename, one)
      expect(operations.filter((operation) => !isOfClient(operation) && !faults.tried.has(operation))).toEqual([])
      // Steps of the scenario fail, and so does a run; nothing else is told.
      const ofWork = /^Warn (step \S+ of run \S+|run \S+ of workflow \w+) failed[,:]/
      expect(engine.logged.filter((line) => !ofWork.test(line))).toEqual([])
    })
  )

  live.each(operations)("is asked again at %s, and nothing is lost", (operation) =>
    Effect.gen(function* () {
      const one = scenario()
      const filename = yield* tempFile
      const faults = firstTimes(3, (tried) => tried === operation)
      const engine = yield* openEngine({ ...one, filename, store, wrap: faulty(faults), visibility: 400 })
      yield* runThrough(engine, filename, one)
      if (!isOfClient(operation)) expect(engine.logged.join("\n")).toContain("away")
      expect(executionsByKey(one)).toEqual(twiceEach)
    })
  )

  live("every operation fails at first", () =>
    Effect.gen(function* () {
      const one = scenario()
      const filename = yield* tempFile
      const engine = yield* openEngine({ ...one, filename, store, wrap: faulty(firstTimes(2)), visibility: 400 })
      yield* runThrough(engine, filename, one)
      expect(executionsByKey(one)).toEqual(twiceEach)
    })
  )

  live("is away for seconds in the middle, all of it", () =>
    Effect.gen(function* () {
      const one = scenario()
      const filename = yield* tempFile
      let until = 0
      const tried = new Map<string, number>()
      const isAway = (operation: string) => {
        tried.set(operation, (tried.get(operation) ?? 0) + 1)
        if (operation === "StepQueue.replace" && until === 0) until = Date.now() + 1_500
        return Date.now() < until
      }
      const engine = yield* openEngine({ ...one, filename, store, wrap: faulty({ isAway, tried }), visibility: 400 })
      yield* runThrough(engine, filename, one)
      expect(until).toBeGreaterThan(0)
      // Nobody could renew what was in hand: one more delivery of each is allowed for, an outcome of each is not.
      for (const count of Object.values(executionsByKey(one))) expect(count).toBeLessThanOrEqual(4)
    })
  )
})

/** Tried by clients, which here have a store of their own, and by hosts on rarer paths. */
const isOfClient = (operation: string) => operation === "RunTable.put" || operation === "RunTable.readHead"

const executionsByKey = ({ executions }: ReturnType<typeof scenario>) =>
  Object.fromEntries([...Map.groupBy(executions, (key) => key)].map(([key, all]) => [key, all.length]))

/** Each step fails once by itself. A store that is away adds no execution. */
const twiceEach = { "p/step#0": 2, "p:child#0/step#0": 2, "p:child#1/step#0": 2 }
