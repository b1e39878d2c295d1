import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { withoutValues } from "../../src/codec.ts"
import { serveApi } from "../../src/http/server/serveApi.ts"
import { readTimeline } from "../../src/inspection/timeline/readTimeline.ts"
import { readValue } from "../../src/inspection/timeline/readValue.ts"
import type { PayloadCodec } from "../../src/store/sealing/payloadCodec.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { cli, cliJson } from "../cli/commandLine.ts"
import { devServer, project } from "../cli/devServer.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"
import { testCodec } from "./codecs.ts"
import { broken, cancelled, definitions, go, mark, marked, stands, words } from "./markedWorkflows.ts"

/** One run that has died, one that was cancelled, one that waits for the next attempt of its step, and what the first has emitted. */
const seeded = Effect.gen(function* () {
  const filename = yield* tempFile
  const { client, close } = yield* openEngine({ ...definitions, filename, store: { codec: testCodec() } })
  const input = marked("input")
  yield* client.start(broken, { runId: "broken", input })
  yield* client.start(cancelled, { runId: "cancelled", input })
  yield* client.cancel("cancelled", { reason: marked("reason") })
  yield* client.start(stands, { runId: "stands", input })
  yield* Effect.exit(client.wait(broken, "broken"))
  yield* Effect.exit(client.wait(cancelled, "cancelled"))
  yield* eventually(
    "the step has failed once",
    Effect.map(client.get("stands"), ({ waitingFor }) =>
      waitingFor?.some((one) => one.kind === "step" && one.lastError !== undefined)
    )
  )
  yield* close
  return filename
})

const noise = /~1\.aes-gcm/

const withCodec = `
import { aesGcmCodec } from ${JSON.stringify(join(process.cwd(), "src/codec.ts"))}
import { definitions } from ${JSON.stringify(join(process.cwd(), "test/codec/markedWorkflows.ts"))}
export const { workflows, steps } = definitions
export const codec = aesGcmCodec({ keys: { "2026-01": Buffer.alloc(32, "a") }, current: "2026-01" })
`

describe("the command line", () => {
  live("shows what is sealed with the entry's codec, and without one says that it is sealed and how to see it", () =>
    Effect.gen(function* () {
      const filename = yield* seeded
      const entry = join(dirname(filename), "entry.ts")
      writeFileSync(entry, withCodec)
      const ask = (...args: ReadonlyArray<string>) => cli([...args, "--file", filename])
      for (const args of [
        ["get", "broken"],
        ["history", "broken"],
        ["history", "cancelled"],
        ["why", "broken"],
        ["why", "cancelled"],
        ["why", "stands"],
        ["get", "stands"],
        ["list"]
      ]) {
        const blind = yield* ask(...args)
        expect(`${blind.code} ${blind.error}`).toMatch(/^0 /)
        expect(`${blind.out}${blind.error}`).not.toMatch(noise)
        expect(blind.out).not.toContain(mark)
      }
      const told = yield* cliJson(["get", "broken", "--file", filename])
      expect(told.json).toMatchObject({
        status: "failed",
        resultOmitted: expect.stringMatching(/this process has no codec.*--entry/)
      })
      expect((yield* ask("history", "broken")).out).toContain("sealed")
      const open = yield* ask("get", "broken", "--entry", entry)
      expect(open.out).toContain(marked("body"))
      const why = yield* ask("why", "stands", "--entry", entry)
      expect(why.out).toContain(marked("closed for today"))
      // What is started with it is sealed, and found to be the same.
      for (const _ of ["once", "again"]) {
        const started = yield* ask("start", "cancelled", "--id", "new", "--input", '"secret"', "--entry", entry)
        expect(`${started.code} ${started.error}`).toMatch(/^0 /)
      }
      const blind = yield* openEngine({ filename })
      const row = yield* blind.table.readMessage("new", "start")
      expect(JSON.stringify(row)).toMatch(noise)
    })
  )

  live("refuses an entry whose codec is none", () =>
    Effect.gen(function* () {
      const filename = yield* seeded
      const entry = join(dirname(filename), "entry.ts")
      writeFileSync(entry, `${withCodec.replace(/export const codec.*/, "")}\nexport const codec = 1`)
      const said = yield* cli(["get", "broken", "--file", filename, "--entry", entry])
      expect(said.error).toContain("its codec is none")
    })
  )
})

const devEntry = `
import { defineStep, defineWorkflow } from "dynactor"
import { aesGcmCodec } from "dynactor/codec"
import { Effect, Schema } from "effect"
const greet = defineStep("greet", { input: Schema.String, output: Schema.String, run: async (name: string) => "Hello " + name })
const hello = defineWorkflow("hello", { input: Schema.String, output: Schema.String, run: (name: string) => Effect.orDie(greet(name)) })
export const workflows = [hello]
export const steps = [greet]
export const codec = aesGcmCodec({ keys: { a: Buffer.alloc(32, "a") }, current: "a" })
`

describe("dev", () => {
  live("seals with the codec of its entry, and shows what is sealed", () =>
    Effect.gen(function* () {
      const folder = project({ "src/workflows.ts": devEntry })
      const { heard, url } = yield* devServer(folder, "src/workflows.ts", "--file", "runs.db")
      yield* heard("it is loaded", ({ event }) => event === "load")
      const ask = (path: string, body?: object) =>
        Effect.promise(async () => {
          const response = await fetch(`${url}${path}`, {
            ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
            headers: { "content-type": "application/json" }
          })
          return { status: response.status, body: (await response.json()) as any }
        })
      yield* eventually(
        "the host takes runs",
        Effect.map(ask("/workflows/hello/runs", { runId: "r", input: mark }), ({ status }) => status < 300)
      )
      const over = yield* ask("/runs/r/wait?waitMs=10000")
      expect(over.body).toMatchObject({ outcome: "succeeded", result: `Hello ${mark}` })
      const files = readdirSync(folder).filter((name) => name.startsWith("runs.db"))
      expect(files.length).toBeGreaterThan(0)
      for (const name of files) expect(readFileSync(join(folder, name), "latin1")).not.toContain(mark)
    })
  )
})

describe("inspection and the HTTP API", () => {
  const cases: ReadonlyArray<readonly [string, PayloadCodec | undefined, boolean]> = [
    ["with the codec", testCodec(), true],
    ["with withoutValues of it", withoutValues(testCodec()), false],
    ["without one", undefined, false]
  ]
  for (const [name, codec, isOpen] of cases) {
    live(`show values ${isOpen ? "" : "as sealed "}${name}, and no noise`, () =>
      Effect.gen(function* () {
        const filename = yield* seeded
        const store = sqliteStore({ filename, ...(codec === undefined ? {} : { codec }) })
        const { workflows, steps } = definitions
        const texts: Array<string> = []
        yield* Effect.gen(function* () {
          for (const runId of ["broken", "cancelled", "stands"]) {
            const timeline = yield* readTimeline(runId, { workflows, steps })
            texts.push(JSON.stringify(timeline))
            const value = yield* readValue(runId, "message/start", { workflows, steps })
            texts.push(JSON.stringify(value))
            expect(value.hidden).toBe(isOpen ? undefined : "sealed")
          }
          const { url } = yield* serveApi({ workflows, steps, streams: [words], port: 0 })
          const paths = ["broken", "cancelled", "stands"].flatMap((runId) =>
            ["", "/history", "/timeline", "/why", "/tree", "/streams/words", "/compare"].map(
              (rest) => `/runs/${runId}${rest}`
            )
          )
          for (const path of [...paths, "/runs", "/dead-letters"]) {
            const response = yield* Effect.promise(() => fetch(`${url}${path}`))
            texts.push(`${path} ${yield* Effect.promise(() => response.text())}`)
            expect(`${path} ${response.status}`).toBe(`${path} 200`)
          }
          const start = (text: string) =>
            Effect.promise(async () => {
              const response = await fetch(`${url}/workflows/cancelled/runs`, {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify({ runId: "cancelled", input: text })
              })
              return response.status
            })
          // Without the codec nobody can say that it is the same.
          if (codec !== undefined) {
            expect(yield* start(marked("input"))).toBe(200)
            expect(yield* start("another")).toBe(409)
          }
        }).pipe(Effect.provide(Layer.fresh(store)))
        const all = texts.join("\n")
        expect(all).not.toMatch(noise)
        expect(all.includes(mark)).toBe(isOpen)
        if (!isOpen) expect(all).toContain('"hidden":"sealed"')
      })
    )
  }

  live("a host with withoutValues parks what it meets, and takes nothing away", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openEngine({ ...definitions, filename, store: { codec: testCodec() } })
      yield* first.client.start(cancelled, { runId: "r", input: marked("input") })
      yield* eventually(
        "it waits",
        Effect.map(first.client.get("r"), ({ waitingFor }) => (waitingFor ?? []).length > 0)
      )
      yield* first.close
      const blind = yield* openEngine({ ...definitions, filename, store: { codec: withoutValues(testCodec()) } })
      yield* blind.client.signal("r", go, marked("on"))
      yield* eventually(
        "it is parked",
        Effect.map(blind.client.get("r"), ({ status }) => status === "parked")
      )
      yield* blind.close
      const last = yield* openEngine({ ...definitions, filename, store: { codec: testCodec() } })
      yield* last.host.sweep
      expect(yield* last.client.wait(cancelled, "r")).toBe(marked("on"))
    })
  )
})
