import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { aesGcmCodec, type CodecDefinition, CodecUnavailable, definePayloadCodec } from "../../src/codec.ts"
import { Client, clientLayer, defineSignal, defineState, defineStep, defineWorkflow } from "../../src/index.ts"
import { sqliteStore } from "../../src/sqlite.ts"
import { eventually, live, openEngine, tempFile, withSql } from "../streams/engine.ts"
import { keyOf, testCodec } from "./codecs.ts"

const go = defineSignal("go", Schema.String)
const shown = defineState("shown", Schema.String)
const echo = defineStep("echo", { input: Schema.String, output: Schema.String, run: async (text) => text })

const waits = defineWorkflow("waits", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (text) {
    yield* shown.set(text)
    const first = yield* echo(text)
    const told = yield* go.receive
    return `${first} ${yield* echo(told)}`
  })
})

const definitions = { workflows: [waits], steps: [echo] }

const open = (filename: string, codec?: ReturnType<typeof testCodec>, more = {}) =>
  openEngine({ ...definitions, filename, store: { ...more, ...(codec === undefined ? {} : { codec }) } })

type Engine = Effect.Success<ReturnType<typeof open>>

const begin = Effect.fnUntraced(function* ({ client }: Engine, runId: string, input = `input of ${runId}`) {
  yield* client.start(waits, { runId, input })
  yield* eventually(
    `${runId} waits for its signal`,
    Effect.map(client.get(runId), ({ waitingFor }) => waitingFor?.some(({ kind }) => kind === "signal"))
  )
})

const parked = ({ client }: Engine, runId: string) =>
  eventually(
    `${runId} is parked`,
    Effect.map(client.get(runId), (run) => (run.status === "parked" ? run.parked : undefined))
  )

const ends = Effect.fnUntraced(function* ({ client }: Engine, runId: string) {
  expect(yield* client.wait(waits, runId)).toBe(`input of ${runId} on`)
})

const b = { "2026-02": keyOf("b") }
const a = { "2026-01": keyOf("a") }

describe("runs whose values are sealed", () => {
  live("go on while the key is changed, without a divergence", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const before = yield* open(filename, aesGcmCodec({ keys: a, current: "2026-01" }))
      yield* begin(before, "r")
      yield* before.close
      const after = yield* open(filename, aesGcmCodec({ keys: { ...a, ...b }, current: "2026-02" }))
      yield* after.client.start(waits, { runId: "r", input: "input of r" })
      yield* after.client.signal("r", go, "on")
      yield* ends(after, "r")
      const bodies = yield* withSql(filename, (file) => file.prepare("select body from inbox").all())
      const stored = JSON.stringify(bodies)
      const sealed = [...stored.matchAll(/~1\.aes-gcm\.([A-Za-z0-9+/=]+)/g)].map(([, text = ""]) =>
        Buffer.from(text, "base64").toString("latin1")
      )
      expect(sealed.filter((text) => text.includes("2026-01")).length).toBeGreaterThan(0)
      expect(sealed.filter((text) => text.includes("2026-02")).length).toBeGreaterThan(0)
    })
  )

  live("park where the key is missing, say which, and go on once it is there", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const before = yield* open(filename, aesGcmCodec({ keys: a, current: "2026-01" }))
      yield* begin(before, "r")
      yield* before.close
      const without = yield* open(filename, aesGcmCodec({ keys: b, current: "2026-02" }))
      yield* without.client.signal("r", go, "on")
      const reason = yield* parked(without, "r")
      expect(reason).toMatchObject({ _tag: "PayloadUnreadable" })
      expect(reason?.message).toContain('sealed with the key "2026-01", and this process has "2026-02"')
      expect(reason?.message).toContain('give the codec the key "2026-01"')
      // Nobody can say whether this is the same start: it is no conflict.
      const again = yield* Effect.flip(without.client.start(waits, { runId: "r", input: "input of r" }))
      expect(again).toMatchObject({ _tag: "StoreRefused", mend: expect.stringContaining("2026-01") })
      yield* without.close
      const back = yield* open(filename, aesGcmCodec({ keys: { ...a, ...b }, current: "2026-02" }))
      yield* back.host.sweep
      yield* ends(back, "r")
    })
  )

  live("park where a row was moved from another run, and name the row", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* open(filename, testCodec())
      yield* begin(first, "r")
      yield* begin(first, "s")
      yield* first.close
      const row = (run: string) =>
        withSql(
          filename,
          (file) => (file.prepare("select body from inbox where run = ? and key = 'step/echo#0'").get(run) as any).body
        )
      const put = (run: string, body: string) =>
        withSql(filename, (file) => {
          file.prepare("update inbox set body = ? where run = ? and key = 'step/echo#0'").run(body, run)
        })
      const [own, other] = [yield* row("r"), yield* row("s")]
      yield* put("r", other)
      const second = yield* open(filename, testCodec())
      yield* second.client.signal("r", go, "on")
      const reason = yield* parked(second, "r")
      expect(reason?._tag).toBe("PayloadUnreadable")
      expect(reason?.message).toContain(
        "the answer of step echo#0: step/echo#0 of run r: it is not what was sealed for this place"
      )
      expect(reason?.message).not.toContain("give the codec")
      yield* second.close
      yield* put("r", own)
      const third = yield* open(filename, testCodec())
      yield* third.host.sweep
      yield* ends(third, "r")
    })
  )

  live("park where what is sealed of the head was moved, or taken away", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* open(filename, testCodec())
      yield* begin(first, "r")
      yield* begin(first, "s")
      yield* first.close
      yield* withSql(filename, (file) => {
        const head = (run: string) =>
          JSON.parse((file.prepare("select head from runs where run = ?").get(run) as any).head)
        const put = (run: string, value: object) =>
          file.prepare("update runs set head = ? where run = ?").run(JSON.stringify(value), run)
        const [r, s] = [head("r"), head("s")]
        put("r", { ...r, sealed: s.sealed })
        const { sealed: _, ...stripped } = s
        put("s", stripped)
      })
      const second = yield* open(filename, testCodec())
      for (const [run, why] of [
        ["r", "it is not what was sealed for this place"],
        ["s", "what was sealed of the head of the run is gone"]
      ] as const) {
        yield* second.client.signal(run, go, "on")
        const reason = yield* parked(second, run)
        expect(reason).toMatchObject({ _tag: "PayloadUnreadable", row: "head" })
        expect(reason?.message).toContain(why)
        const state = yield* Effect.flip(second.client.state(run, shown))
        expect(state._tag).toBe("PayloadAltered")
      }
    })
  )

  live("go on from what was stored in clear, unless nothing may stand in clear", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const clear = yield* open(filename)
      yield* begin(clear, "r")
      yield* begin(clear, "s")
      yield* clear.close
      const strict = aesGcmCodec({ keys: a, current: "2026-01", clear: "refuse" })
      const refusing = yield* open(filename, strict)
      yield* refusing.client.signal("r", go, "on")
      const reason = yield* parked(refusing, "r")
      expect(reason?.message).toContain("stands in clear")
      yield* refusing.close
      // Parked by a process that could not read it, it has all that it had.
      const alone = Layer.provideMerge(clientLayer, sqliteStore({ filename, codec: testCodec() }))
      const state = Effect.flatMap(Client, (client) => client.state("r", shown))
      expect(yield* Effect.provide(state, Layer.fresh(alone))).toBe("input of r")
      const taking = yield* open(filename, testCodec())
      yield* taking.host.sweep
      yield* ends(taking, "r")
      yield* taking.client.signal("s", go, "on")
      yield* ends(taking, "s")
      const large = "x".repeat(20_000)
      yield* taking.client.start(waits, { runId: "t", input: large })
      yield* taking.client.signal("t", go, "on")
      expect(yield* taking.client.wait(waits, "t")).toBe(`${large} on`)
    })
  )

  live("are seen without their values by a process that has no codec, which says so and does no harm", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* open(filename, testCodec())
      yield* begin(first, "r")
      yield* begin(first, "over")
      yield* first.client.signal("over", go, "on")
      yield* ends(first, "over")
      yield* first.close
      const blind = yield* open(filename)
      const said = "it is sealed, and this process has no codec to open it with"
      expect(yield* blind.client.get("over")).toMatchObject({ status: "succeeded" })
      const outcome = yield* Effect.flip(blind.client.wait(waits, "over"))
      expect(outcome).toMatchObject({ _tag: "StoreRefused", message: expect.stringContaining(said) })
      yield* blind.client.signal("r", go, "on")
      expect((yield* parked(blind, "r"))?.message).toContain(said)
      yield* blind.close
      const back = yield* open(filename, testCodec())
      yield* back.host.sweep
      yield* ends(back, "r")
    })
  )

  live("go over to another codec, which names the one before", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const before = testCodec()
      const first = yield* open(filename, before)
      yield* begin(first, "r")
      yield* first.close
      const inner = aesGcmCodec({ keys: b, current: "2026-02" })
      const { open: opens, seal } = inner
      const alone = yield* open(filename, definePayloadCodec({ name: "vault", seal, open: opens }))
      yield* alone.client.signal("r", go, "on")
      const reason = yield* parked(alone, "r")
      expect(reason?.message).toContain('sealed by a codec "aes-gcm", and this process has "vault"')
      yield* alone.close
      const both = yield* open(filename, definePayloadCodec({ name: "vault", seal, open: opens, older: [before] }))
      yield* both.host.sweep
      yield* ends(both, "r")
    })
  )

  live("wait while what opens and seals is away, and lose nothing", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const inner = testCodec()
      let away = false
      const gone = new CodecUnavailable({ message: "the vault does not answer" })
      const whenThere = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | CodecUnavailable> =>
        Effect.suspend((): Effect.Effect<A, E | CodecUnavailable> => (away ? Effect.fail(gone) : effect))
      const vault: CodecDefinition = {
        name: "vault",
        seal: (text, context) => whenThere(inner.seal(text, context)),
        open: (text, context) => whenThere(inner.open(text, context))
      }
      const engine = yield* open(filename, definePayloadCodec(vault))
      yield* begin(engine, "r")
      away = true
      expect(yield* Effect.flip(engine.client.signal("r", go, "on"))).toMatchObject({
        _tag: "StoreUnavailable",
        message: expect.stringContaining("the vault does not answer")
      })
      away = false
      yield* engine.client.signal("r", go, "on")
      yield* ends(engine, "r")
      yield* begin(engine, "s")
      yield* engine.close
      // Another process, which has nothing in memory: a run is not parked for what is away.
      away = true
      let asked = 0
      const watched = {
        ...vault,
        open: (...what: Parameters<typeof vault.open>) =>
          Effect.suspend(() => {
            asked++
            return vault.open(...what)
          })
      }
      const other = yield* open(filename, definePayloadCodec(watched))
      expect((yield* Effect.flip(other.client.get("s")))._tag).toBe("StoreUnavailable")
      const before = asked
      yield* other.queue.send([{ kind: "wake", runId: "s", notBefore: 0 }])
      yield* eventually(
        "a turn has asked more than once",
        Effect.sync(() => asked > before + 1)
      )
      const stored = yield* withSql(filename, (file) => file.prepare("select status from runs where run = 's'").get())
      expect(stored).toEqual({ status: "running" })
      away = false
      yield* other.client.signal("s", go, "on")
      yield* ends(other, "s")
    })
  )

  live("keep their objects bound to their tenant and content, under names that tell nothing", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* open(filename, testCodec(), { inlineLimitBytes: 4_096 })
      const large = "y".repeat(50_000)
      yield* begin(first, "r", large)
      yield* first.close
      const names = yield* withSql(filename, (file) =>
        file
          .prepare("select sha256, body from payloads")
          .all()
          .map((row) => row as { sha256: string; body: string })
      )
      expect(names.length).toBeGreaterThan(0)
      for (const { body } of names) expect(body.startsWith("~1.aes-gcm.")).toBe(true)
      yield* withSql(filename, (file) => {
        for (const { sha256, body } of names)
          file.prepare("update payloads set body = ? where sha256 = ?").run(`${body.slice(0, -8)}AAAAAAAA`, sha256)
      })
      const second = yield* open(filename, testCodec(), { inlineLimitBytes: 4_096 })
      yield* second.client.signal("r", go, "on")
      const reason = yield* parked(second, "r")
      expect(reason?.message).toContain("was altered: its content has another hash")
    })
  )
})
