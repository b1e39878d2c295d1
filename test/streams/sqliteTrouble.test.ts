import { renameSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { makeMovableTime } from "../store/movableTime.ts"
import { signalMessage } from "../store/samples.ts"
import { eventually, live, openEngine, tempFile, withSql } from "./engine.ts"

// A host whose SQLite file is in trouble: away, in the hands of another, or in a year in which numbers grow large.

/** A workflow whose step waits in the middle until it is let go, and counts how often it ran. */
const makeHeld = () => {
  let executions = 0
  let letGo: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const hold = defineStep("hold", {
    input: Schema.Void,
    output: Schema.Number,
    run: async () => {
      executions++
      await gate
      return executions
    }
  })
  const held = defineWorkflow("held", { input: Schema.Void, output: Schema.Number, run: () => hold(undefined) })
  return { held, options: { workflows: [held], steps: [hold] }, letGo: () => letGo(), executions: () => executions }
}

const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: async (n: number) => 2 * n })
const doubles = defineWorkflow("doubles", {
  input: Schema.Number,
  output: Schema.Number,
  run: Effect.fn(function* (n: number) {
    const one = yield* double(n)
    yield* Effect.sleep(20)
    const all = yield* Effect.all([double(one), double(one)], { concurrency: "unbounded" })
    return all[0] + all[1]
  })
})

describe("runs end", () => {
  live("in October 2034 and after, with several hosts on one file", () => {
    const time = makeMovableTime()
    const test = Effect.gen(function* () {
      yield* time.moveTo(Date.parse("2034-10-01"))
      const filename = yield* tempFile
      const options = { filename, workflows: [doubles], steps: [double] }
      const hosts = [yield* openEngine(options), yield* openEngine(options)]
      const numbers = Array.from({ length: 40 }, (_, n) => n)
      const outcomes = yield* Effect.forEach(
        numbers,
        (n) => (hosts[n % 2] as (typeof hosts)[0]).client.execute(doubles, { runId: `r${n}`, input: n }),
        { concurrency: "unbounded" }
      )
      expect(outcomes).toEqual(numbers.map((n) => 8 * n))
      expect(hosts.flatMap(({ logged }) => logged).filter((line) => /^(WARN|ERROR)/i.test(line))).toEqual([])
      expect(yield* Clock.currentTimeMillis).toBeGreaterThan(Date.parse("2034-09-30"))
    })
    return time.during(test)
  })

  live("though the file was away in the middle, and no step runs twice for it", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { executions, held, letGo, options } = makeHeld()
      const { client, logged, table } = yield* openEngine({ filename, ...options })
      yield* client.start(held, { runId: "r", input: undefined })
      yield* eventually(
        "the step runs",
        Effect.sync(() => executions() === 1)
      )
      renameSync(filename, `${filename}.away`)
      // It looks for the file every few milliseconds: what is written in between stands in the file that is away.
      yield* eventually(
        "it is noticed",
        Effect.map(Effect.result(table.put("nobody", signalMessage("news", "1"))), ({ _tag }) => _tag === "Failure")
      )
      letGo()
      const said = "was deleted or replaced while it was open"
      yield* eventually(
        "the host says so",
        Effect.sync(() => logged.some((line) => line.includes(said)))
      )
      renameSync(`${filename}.away`, filename)
      expect(yield* client.execute(held, { runId: "r", input: undefined })).toBe(1)
      expect(executions()).toBe(1)
    })
  )

  live(
    "though another program has held the file's lock in the middle, and no step runs twice for it",
    () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        const { executions, held, letGo, options } = makeHeld()
        const { client, logged } = yield* openEngine({ filename, ...options })
        yield* client.start(held, { runId: "r", input: undefined })
        yield* eventually(
          "the step runs",
          Effect.sync(() => executions() === 1)
        )
        const other = new DatabaseSync(filename)
        other.exec("begin immediate")
        letGo()
        const said = "another connection has held the file's lock"
        yield* eventually(
          "the host says so",
          Effect.sync(() => logged.some((line) => line.includes(said))),
          30_000
        )
        other.exec("rollback")
        other.close()
        expect(yield* client.execute(held, { runId: "r", input: undefined })).toBe(1)
        expect(executions()).toBe(1)
      }),
    60_000
  )

  live("beside one whose own data SQLite does not take", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const far = defineWorkflow("far", { input: Schema.Void, output: Schema.Void, run: () => Effect.sleep(2 ** 55) })
      const { client } = yield* openEngine({ filename, workflows: [far, doubles], steps: [double] })
      yield* client.start(far, { runId: "far", input: undefined })
      expect(yield* client.execute(doubles, { runId: "r", input: 5 })).toBe(40)
      yield* eventually(
        "the odd one is seen to",
        Effect.map(client.get("far"), ({ status }) => status !== "accepted")
      )
      expect(yield* withSql(filename, (sql) => sql.prepare("select count(*) as n from doorbells").get())).toEqual({
        n: 0
      })
    })
  )
})

describe("who waits for a run", () => {
  live("is told that the store is closed, when it is", () =>
    Effect.gen(function* () {
      const { held, options, executions } = makeHeld()
      const { client, close } = yield* openEngine({ ...options, grace: 1, filename: yield* tempFile })
      yield* client.start(held, { runId: "r", input: undefined })
      yield* eventually(
        "its step is under way",
        Effect.sync(() => executions() === 1)
      )
      const waits = yield* Effect.forkChild(Effect.flip(client.wait(held, "r")))
      yield* close
      const closed = { _tag: "StoreUnavailable", message: "the store is closed" }
      expect(yield* Fiber.join(waits)).toMatchObject(closed)
      expect(yield* Effect.flip(client.get("r"))).toMatchObject(closed)
      expect(yield* Effect.flip(client.cancel("r"))).toMatchObject(closed)
    })
  )
})
