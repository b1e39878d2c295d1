import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { isReference, type Payload } from "../../src/actor/values/payload.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { objectName } from "../../src/store/deletion/payloadNames.ts"
import { type Engine, eventually, live, openEngine, tempFile, withSql } from "./engine.ts"

const large = "0123456789abcdef".repeat(17_000)
const isLarge = (payload: Payload) => isReference(payload) && payload.bytes > 262_144

const echo = defineStep("echo", {
  input: Schema.String,
  output: Schema.String,
  run: (text) => Effect.succeed(`${text}!`)
})
const go = defineSignal("go", Schema.String)

const everywhere = defineWorkflow("everywhere", {
  input: Schema.String,
  output: Schema.Struct({ all: Schema.Array(Schema.String) }),
  run: Effect.fn(function* (input: string) {
    const answer = yield* echo(input)
    const signal = yield* go.receive
    return { all: [input, answer, signal] }
  })
})

describe("payloads of more than 256 KB", () => {
  live("go to the payload store and come back, wherever they stand", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client, table } = yield* openEngine({ filename, workflows: [everywhere], steps: [echo] })
      yield* client.start(everywhere, { runId: "r", input: large })
      yield* client.signal("r", go, `${large}?`)
      expect((yield* client.wait(everywhere, "r")).all).toEqual([large, `${large}!`, `${large}?`])
      const { head, messages } = yield* table.readRun("r")
      const payloads = messages.flatMap((message) => {
        if (message.kind === "start") return [message.input]
        if (message.kind === "signal") return [message.payload]
        return message.kind === "step" ? [message.outcome.payload] : []
      })
      expect(payloads.map(isLarge)).toEqual([true, true, true])
      expect(head?.outcome !== undefined && isLarge(head.outcome.payload)).toBe(true)
      // Input, step output, signal, outcome; the step's input is the run's.
      expect(yield* withSql(filename, (sql) => sql.prepare("select count(*) as n from payloads").get()?.n)).toBe(4)
    })
  )

  live("up to 256 KB stand in the row itself", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const same = defineWorkflow("same", {
        input: Schema.String,
        output: Schema.Number,
        run: (text) => Effect.succeed(text.length)
      })
      const { client } = yield* openEngine({ filename, workflows: [same] })
      expect(yield* client.execute(same, { input: "x".repeat(262_142) })).toBe(262_142)
      expect(yield* withSql(filename, (sql) => sql.prepare("select count(*) as n from payloads").get()?.n)).toBe(0)
      expect(yield* client.execute(same, { input: "x".repeat(262_143) })).toBe(262_143)
      expect(yield* withSql(filename, (sql) => sql.prepare("select count(*) as n from payloads").get()?.n)).toBe(1)
    })
  )

  live("beyond what a payload may be at all are refused by name", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [everywhere], steps: [echo] })
      const error = yield* Effect.flip(client.start(everywhere, { runId: "r", input: "x".repeat(16 * 1024 * 1024) }))
      expect(error).toMatchObject({ _tag: "InputInvalid", workflow: "everywhere" })
      expect(yield* Effect.flip(client.get("r"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )
})

const store = { inlineLimitBytes: 4_096 }
const nameOf = (payload: Payload | undefined): string => {
  if (payload === undefined || !isReference(payload)) throw new Error("the payload was to be a reference")
  return objectName(payload)
}

/** How a payload can be damaged, and what the run then says. */
const damages = [
  ["missing", "delete from payloads where sha256 = ?", "is missing"],
  ["altered", "update payloads set body = '\"something else\"' where sha256 = ?", "was altered"]
] as const

describe.each(damages)("a payload object that is %s", (_, damage, says) => {
  const take = (filename: string, sha256: string) =>
    withSql(filename, (sql) => {
      const body = sql.prepare("select body from payloads where sha256 = ?").get(sha256)?.body as string
      sql.prepare(damage).run(sha256)
      return () => sql_put(filename, sha256, body)
    })
  const sql_put = (filename: string, sha256: string, body: string) =>
    withSql(filename, (sql) =>
      sql.prepare("insert or replace into payloads (sha256, body) values (?, ?)").run(sha256, body)
    )

  const parkedThenMended = (engine: Engine, mend: Effect.Effect<unknown>, row: string) =>
    Effect.gen(function* () {
      const parked = yield* eventually(
        "the run is parked",
        Effect.map(engine.client.get("r"), (run) => run.parked)
      )
      expect(parked).toMatchObject({ _tag: "PayloadUnreadable", row })
      expect(parked.message).toContain(says)
      yield* mend
      yield* engine.host.sweep
      const { all } = yield* engine.client.wait(everywhere, "r")
      expect(all.map((text) => `${text.length} ${text.at(-1)}`)).toEqual(["5000 a", "5001 !", "5000 b"])
    })

  const input = "a".repeat(5_000)
  const signal = "b".repeat(5_000)

  live("parks a run whose input it is", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      // A host that does not know the workflow holds it off.
      const first = yield* openEngine({ filename, store })
      yield* first.client.start(everywhere, { runId: "r", input })
      yield* eventually(
        "parked as unknown",
        Effect.map(first.client.get("r"), (run) => run.parked !== undefined)
      )
      const start = yield* first.table.readMessage("r", "start")
      yield* first.close
      const mend = yield* take(filename, nameOf(start?.kind === "start" ? start.input : undefined))
      const engine = yield* openEngine({ filename, store, workflows: [everywhere], steps: [echo] })
      yield* eventually(
        "parked as unreadable",
        Effect.map(engine.client.get("r"), (run) => run.parked?._tag === "PayloadUnreadable")
      )
      yield* engine.client.signal("r", go, signal)
      yield* parkedThenMended(engine, mend(), "start")
    })
  )

  live("parks a run that had read it before, when it is read again", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const before = yield* openEngine({ filename, store, workflows: [everywhere], steps: [echo] })
      yield* before.client.start(everywhere, { runId: "r", input })
      const step = yield* eventually("the step is through", before.table.readMessage("r", "step/echo#0"))
      yield* before.close
      const mend = yield* take(filename, nameOf(step?.kind === "step" ? step.outcome.payload : undefined))
      const engine = yield* openEngine({ filename, store, workflows: [everywhere], steps: [echo] })
      yield* engine.client.signal("r", go, signal)
      yield* parkedThenMended(engine, mend(), "step/echo#0")
    })
  )

  live("parks a run that stands in memory, when a signal brings it", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const engine = yield* openEngine({ filename, store, workflows: [everywhere], steps: [echo] })
      yield* engine.client.start(everywhere, { runId: "r", input })
      yield* eventually("the step is through", engine.table.readMessage("r", "step/echo#0"))
      // Another process's client has put the object and then the row; in between, the object was damaged.
      const json = JSON.stringify(signal)
      const { createHash } = yield* Effect.promise(() => import("node:crypto"))
      const sha256 = createHash("sha256").update(json).digest("hex")
      yield* sql_put(filename, sha256, json)
      const mend = yield* take(filename, sha256)
      const at = Date.now()
      yield* engine.table.put("r", { kind: "signal", at, name: "go", id: "1", payload: { sha256, bytes: json.length } })
      yield* parkedThenMended(engine, mend(), "signal/go/1")
    })
  )

  live("is a typed failure of a step whose input it is", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const reason = defineWorkflow("reason", {
        input: Schema.String,
        output: Schema.String,
        run: (text) =>
          Effect.match(echo.orFail(text), {
            onFailure: ({ message, reason }) => `${reason}: ${message}`,
            onSuccess: () => ""
          })
      })
      const turns = yield* openEngine({ filename, store, workflows: [reason], unknownStepReceives: 1_000 })
      yield* turns.client.start(reason, { runId: "r", input })
      yield* eventually(
        "the step is open",
        Effect.map(turns.client.get("r"), (run) => run.waitingFor.length === 1)
      )
      const start = yield* turns.table.readMessage("r", "start")
      yield* turns.close
      yield* take(filename, nameOf(start?.kind === "start" ? start.input : undefined))
      // The run cannot be read either, and is parked; the step is answered all the same.
      const engine = yield* openEngine({ filename, store, workflows: [reason], steps: [echo] })
      const row = yield* eventually("the step is answered", engine.table.readMessage("r", "step/echo#0"))
      expect(row).toMatchObject({ outcome: { tag: "died" } })
      expect(JSON.stringify(row)).toContain("payload")
    })
  )

  live("is a typed error of the client that waits for it as outcome, until it is mended", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const same = defineWorkflow("same", {
        input: Schema.Void,
        output: Schema.String,
        run: () => Effect.succeed(input)
      })
      const { client, table } = yield* openEngine({ filename, store, workflows: [same] })
      yield* client.execute(same, { runId: "r", input: undefined })
      const mend = yield* take(filename, nameOf((yield* table.readHead("r"))?.outcome?.payload))
      const error = yield* Effect.flip(client.wait(same, "r"))
      expect(["PayloadMissing", "PayloadAltered"]).toContain(error._tag)
      expect(error.message).toContain(says)
      yield* mend()
      expect(yield* client.wait(same, "r")).toBe(input)
    })
  )
})
