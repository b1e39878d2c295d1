import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openClient, openEngine, tempFile, withSql } from "./engine.ts"

const go = defineSignal("go", Schema.Number)

describe("over a restart", () => {
  live("timers fire, not before their time", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const sleeps = defineWorkflow("sleeps", {
        input: Schema.Number,
        output: Schema.Number,
        run: (ms) =>
          Effect.gen(function* () {
            const before = yield* Clock.currentTimeMillis
            yield* Effect.sleep(ms)
            return (yield* Clock.currentTimeMillis) - before
          })
      })
      const first = yield* openEngine({ filename, workflows: [sleeps] })
      const startedAt = Date.now()
      yield* first.client.start(sleeps, { runId: "short", input: 50 })
      yield* first.client.start(sleeps, { runId: "long", input: 800 })
      const asleep = Effect.map(first.client.list({ status: "running" }), ({ runs }) => runs.length >= 1)
      yield* eventually("they sleep", asleep)
      yield* eventually(
        "the long one sleeps",
        Effect.map(first.client.get("long"), (run) => run.waitingFor.length === 1)
      )
      yield* first.close
      const second = yield* openEngine({ filename, workflows: [sleeps] })
      expect(yield* second.client.wait(sleeps, "short")).toBeGreaterThanOrEqual(50)
      expect(yield* second.client.wait(sleeps, "long")).toBeGreaterThanOrEqual(800)
      expect(Date.now() - startedAt).toBeGreaterThanOrEqual(800)
      const rows = yield* second.table.readRun("long")
      const timer = rows.messages.find((row) => row.kind === "timer")
      if (timer?.kind !== "timer") throw new Error("no timer row")
      expect(timer.at).toBeGreaterThanOrEqual(timer.due)
    })
  )

  live("timers that nobody waits for any more are gone", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const races = defineWorkflow("races", {
        input: Schema.Void,
        output: Schema.String,
        run: () => Effect.raceFirst(Effect.as(Effect.sleep(300), "slow"), Effect.as(Effect.sleep(20), "fast"))
      })
      const { client } = yield* openEngine({ filename, workflows: [races] })
      expect(yield* client.execute(races, { runId: "r", input: undefined })).toBe("fast")
      expect(yield* withSql(filename, (sql) => sql.prepare("select count(*) as n from queue").get()?.n)).toBe(0)
    })
  )

  live("signals and cancels sent while no host was there are taken", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const waits = defineWorkflow("waits", { input: Schema.Void, output: Schema.Number, run: () => go.receive })
      const first = yield* openEngine({ filename, workflows: [waits] })
      for (const runId of ["a", "b"]) yield* first.client.start(waits, { runId, input: undefined })
      yield* eventually(
        "both wait",
        Effect.map(first.client.list({ status: "running" }), ({ runs }) => runs.length === 2)
      )
      yield* first.close
      const client = yield* openClient(filename)
      yield* client.signal("a", go, 9)
      yield* client.cancel("b", { reason: "stop" })
      yield* client.start(waits, { runId: "c", input: undefined })
      yield* client.signal("c", go, 11)
      yield* openEngine({ filename, workflows: [waits] })
      expect(yield* client.wait(waits, "a")).toBe(9)
      expect(yield* Effect.flip(client.wait(waits, "b"))).toMatchObject({ _tag: "RunCancelled", reason: "stop" })
      expect(yield* client.wait(waits, "c")).toBe(11)
    })
  )

  live("clock, randomness and ids of a run are what they were", () =>
    Effect.gen(function* () {
      const { randomUuid } = yield* Effect.promise(() => import("../../src/index.ts"))
      const Random = yield* Effect.promise(() => import("effect/Random"))
      const filename = yield* tempFile
      const echo = defineStep("echo", {
        input: Schema.Json,
        output: Schema.Json,
        run: (value) => Effect.succeed(value)
      })
      const draws = defineWorkflow("draws", {
        input: Schema.Void,
        output: Schema.Array(Schema.Json),
        run: () =>
          Effect.gen(function* () {
            const drawn = [
              yield* Random.next,
              yield* randomUuid,
              yield* Clock.currentTimeMillis,
              Math.random(),
              new Date().toISOString()
            ]
            const first = yield* echo(drawn)
            yield* go.receive
            return [first, yield* echo(drawn)]
          })
      })
      const before = yield* openEngine({ filename, workflows: [draws], steps: [echo] })
      yield* before.client.start(draws, { runId: "r", input: undefined })
      yield* eventually("the first step is through", before.table.readMessage("r", "step/echo#0"))
      yield* before.close
      const after = yield* openEngine({ filename, workflows: [draws], steps: [echo] })
      yield* after.client.signal("r", go, 0)
      const [first, second] = yield* after.client.wait(draws, "r")
      expect(second).toEqual(first)
    })
  )
})

describe("the sweeper", () => {
  const waits = defineWorkflow("waits", { input: Schema.Void, output: Schema.Number, run: () => go.receive })

  /** A signal whose doorbell is lost while no host is there to hear it. */
  const unheard = Effect.fnUntraced(function* (filename: string) {
    const first = yield* openEngine({ filename, workflows: [waits] })
    yield* first.client.start(waits, { runId: "r", input: undefined })
    yield* eventually(
      "it waits",
      Effect.map(first.client.get("r"), ({ status }) => status === "running")
    )
    yield* first.close
    const client = yield* openClient(filename)
    yield* client.signal("r", go, 3)
    const lost = yield* withSql(filename, (sql) => sql.prepare("delete from doorbells").run().changes)
    expect(lost).toBe(1)
  })

  live("finds a row whose doorbell was lost, at the start of a host", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      yield* unheard(filename)
      const { client } = yield* openEngine({ filename, workflows: [waits], quiet: 0 })
      expect(yield* client.wait(waits, "r")).toBe(3)
    })
  )

  live("finds it in a later pass, and says so", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      yield* unheard(filename)
      // Nothing has been quiet for an hour: the pass at the start finds nothing.
      const early = yield* openEngine({ filename, workflows: [waits], quiet: "1 hour" })
      expect(yield* early.host.sweep).toMatchObject({ scanned: 1, resumed: 0, failed: 0 })
      expect((yield* early.client.get("r")).status).toBe("running")
      yield* early.close
      const { client } = yield* openEngine({ filename, workflows: [waits], quiet: 1, sweepInterval: 50 })
      expect(yield* client.wait(waits, "r")).toBe(3)
    })
  )

  live("finds a row that was lost under a running host", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client, host } = yield* openEngine({ filename, workflows: [waits], quiet: 0, sweepInterval: "1 hour" })
      yield* client.start(waits, { runId: "r", input: undefined })
      yield* eventually(
        "it waits",
        Effect.map(client.get("r"), ({ status }) => status === "running")
      )
      // Its first turn is through, and reads nothing any more.
      expect(yield* host.sweep).toMatchObject({ scanned: 1, resumed: 0 })
      // Put by nobody: no doorbell.
      const body = { kind: "signal", at: Date.now(), name: "go", id: "x", payload: { json: "8" } }
      yield* withSql(filename, (sql) =>
        sql
          .prepare("insert into inbox (run, key, at, body) values ('r', 'signal/go/x', ?, ?)")
          .run(body.at, JSON.stringify(body))
      )
      expect((yield* client.get("r")).status).toBe("running")
      const swept = yield* eventually(
        "it is found",
        Effect.map(host.sweep, (result) => result.resumed > 0 && result)
      )
      expect(swept).toMatchObject({ resumed: 1, failed: 0 })
      expect(yield* client.wait(waits, "r")).toBe(8)
    })
  )

  live("leaves alone what only waits", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* openEngine({ workflows: [waits], quiet: 0, sweepInterval: "1 hour" })
      yield* client.start(waits, { runId: "r", input: undefined })
      yield* eventually(
        "it waits",
        Effect.map(client.get("r"), ({ status }) => status === "running")
      )
      expect(yield* host.sweep).toEqual({ scanned: 1, retried: 0, stalled: 0, resumed: 0, failed: 0 })
      expect((yield* table.readHead("r"))?.version).toBe(1)
    })
  )

  live(
    "tries parked runs again, which costs them no commit as long as they stay parked, and lets them go on where the code is right",
    () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        const moody = (run: () => Effect.Effect<number>) =>
          defineWorkflow("moody", { input: Schema.Void, output: Schema.Number, run })
        const wrong = moody(() => Effect.never)
        const { client, host, table, close } = yield* openEngine({
          filename,
          workflows: [wrong],
          sweepInterval: "1 hour"
        })
        yield* client.start(wrong, { runId: "r", input: undefined })
        yield* eventually(
          "it is parked",
          Effect.map(client.get("r"), ({ status }) => status === "parked")
        )
        expect(yield* host.sweep).toMatchObject({ retried: 1 })
        expect((yield* table.readHead("r"))?.version).toBe(1)
        yield* close
        const right = moody(() => Effect.succeed(1))
        const after = yield* openEngine({ filename, workflows: [right], sweepInterval: "1 hour" })
        expect(yield* after.client.wait(right, "r")).toBe(1)
      })
  )
})
