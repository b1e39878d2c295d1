import { createHmac } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { startHint } from "../../src/cli/dev/devSession.ts"
import { definitionsOf } from "../../src/cli/entry/definitions.ts"
import { styleWith } from "../../src/cli/framework/style.ts"
import { live } from "../streams/engine.ts"
import { bin, cliJson } from "./commandLine.ts"
import { devServer, devWorker, project, write } from "./devServer.ts"
import { order } from "./workflows.ts"

const workflows = (beforeSignal = "", word = "Hello") => `
import { defineSignal, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"
import { greet } from "./steps.ts"

export const go = defineSignal("go", Schema.String)
export const hello = defineWorkflow("hello", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (name: string) {
    const greeting = yield* greet(name)
    ${beforeSignal}
    return \`${word}: \${greeting} \${yield* go.receive}\`
  })
})
export const workflows = [hello]
export const steps = [greet]
export const signals = [go]
`

const steps = (greeting = "Hello") => `
import { defineStep } from "dynactor"
import { Schema } from "effect"
export const greet = defineStep("greet", {
  input: Schema.String,
  output: Schema.String,
  retry: { attempts: 2, initial: "1 millis" },
  run: async (name: string) => {
    if (name === "nobody") throw new Error("no such name", { cause: new TypeError("deeper") })
    return \`${greeting} \${name}\`
  }
})
`

const paying = `
import { defineSignal, defineWorkflow } from "dynactor"
import { defineWebhook, githubScheme } from "dynactor/http"
import { Effect, Redacted, Schema } from "effect"

const Card = Schema.Redacted(Schema.String)
class Refused extends Schema.TaggedError<Refused>()("Refused", { card: Card, why: Schema.String }) {}
export const booked = defineSignal("booked", Schema.Json)
export const pay = defineWorkflow("pay", {
  input: Card,
  output: Schema.String,
  error: Refused,
  run: Effect.fn(function* (card: Redacted.Redacted<string>) {
    yield* booked.receive
    return yield* new Refused({ card, why: "no money" })
  })
})
export const workflows = [pay]
export const webhooks = [
  defineWebhook("bank", {
    scheme: githubScheme,
    secrets: ["a secret of the sender of deliveries"],
    to: { runId: "{body.run}", signal: booked }
  })
]
`

const files = { "src/workflows.ts": workflows(), "src/steps.ts": steps() }

const begun = (folder: string) => ({
  ...{ environment: { DYNACTOR_TARGET: "file:.dynactor/dev.db" }, directory: folder },
  file: join(folder, ".dynactor", "dev.db")
})

const start = Effect.fnUntraced(function* (folder: string, runId: string, name: string) {
  const started = yield* cliJson(["start", "hello", "--id", runId, "--input", JSON.stringify(name)], begun(folder))
  expect(started.code).toBe(0)
})

const finish = Effect.fnUntraced(function* (folder: string, runId: string) {
  yield* cliJson(["signal", runId, "go", "--payload", '"!"'], begun(folder))
  return (yield* cliJson(["wait", runId], begun(folder))).json
})

const waitsFor =
  (runId: string) =>
  ({ asked, event, runId: told }: any) =>
    event === "turn" && told === runId && asked.includes("receive go")

describe("the hint on a first run", () => {
  const loaded = definitionsOf({ workflows: [order] })
  const hint = (fileFlag?: string) =>
    typeof loaded === "string" ? [loaded] : startHint(loaded, fileFlag, styleWith(false)).map((line) => line.trim())

  it("names the file where the runs are by a flag", () => {
    expect(hint()).toEqual(["start a run: npx dynactor start order --input '...'"])
    expect(hint("x.db")).toEqual(["start a run: npx dynactor start order --input '...' --file x.db"])
  })
})

describe("the dev server", () => {
  live(
    "tells each turn in a line, and an error in full",
    () =>
      Effect.gen(function* () {
        const folder = project(files)
        const dev = yield* devServer(folder)
        yield* start(folder, "a", "Ada")
        const first = yield* dev.heard("the first turn", ({ event, runId }) => event === "turn" && runId === "a")
        expect(first).toMatchObject({ workflow: "hello", adopted: ["start"], asked: ["step greet#0"] })
        expect(first.ms).toBeGreaterThan(0)
        expect(yield* dev.heard("the second", waitsFor("a"))).toMatchObject({ adopted: ["step/greet#0"] })
        yield* start(folder, "n", "nobody")
        const failed = yield* dev.heard("a failed attempt", ({ event, step }) => event === "log" && step === "greet")
        expect(failed).toMatchObject({ run: "n", attempt: 1 })
        expect(failed.cause).toMatch(/Error: no such name\n.*src\/steps.ts:9:\d+.*\[cause\]: TypeError: deeper/s)
        expect(failed.cause).not.toContain("node_modules")
        const died = yield* dev.heard("the end of the run", ({ runId, status }) => runId === "n" && status === "failed")
        expect(died.error).toMatchObject({ name: "StepFailed" })
        const log = readFileSync(join(folder, ".dynactor", "dev.log"), "utf8")
          .trim()
          .split("\n")
        expect(log.length).toBeGreaterThanOrEqual(dev.events().length)
        expect(yield* dev.stop).toBe(0)
        expect(dev.error()).toBe("")
        // What runs goes on the next time.
        const again = yield* devServer(folder)
        expect(yield* again.heard("the review", ({ live }) => live !== undefined)).toMatchObject({
          live: 1,
          diverging: []
        })
        expect(yield* finish(folder, "a")).toMatchObject({ result: "Hello: Hello Ada !" })
      }),
    60_000
  )

  live(
    "tells a typed error without what its schema says is secret, and takes the deliveries of the entry's webhooks",
    () =>
      Effect.gen(function* () {
        const folder = project({ "src/workflows.ts": paying })
        const dev = yield* devServer(folder)
        yield* dev.heard("it is loaded", ({ event }) => event === "load")
        const post = (path: string, body: string, headers: Record<string, string> = {}) =>
          Effect.promise(async () => (await fetch(`${dev.url}${path}`, { method: "POST", body, headers })).status)
        expect(yield* post("/workflows/pay/runs", JSON.stringify({ runId: "p", input: "4711-secret" }))).toBe(201)
        const delivery = '{"run":"p"}'
        const signed = createHmac("sha256", "a secret of the sender of deliveries").update(delivery).digest("hex")
        expect(yield* post("/webhooks/bank", delivery, { "x-hub-signature-256": `sha256=${signed}` })).toBe(202)
        const failed = yield* dev.heard("the end", ({ runId, status }) => runId === "p" && status === "failed")
        expect(failed.error).toEqual({ _tag: "Refused", card: "<redacted>", why: "no money" })
        expect(JSON.stringify(dev.events())).not.toContain("4711-secret")
        expect(readFileSync(join(folder, ".dynactor", "dev.log"), "utf8")).not.toContain("4711-secret")
      }),
    60_000
  )

  live(
    "serves the HTTP API on its port, by which runs are started and waited for",
    () =>
      Effect.gen(function* () {
        const folder = project(files)
        const dev = yield* devServer(folder)
        yield* dev.heard("it is loaded", ({ event }) => event === "load")
        const ask = (path: string, init?: RequestInit) =>
          Effect.promise(async () => (await fetch(`${dev.url}${path}`, init)).json() as Promise<any>)
        const body = JSON.stringify({ input: "Ada", runId: "h" })
        expect(yield* ask("/workflows/hello/runs", { method: "POST", body })).toEqual({
          runId: "h",
          isNew: true,
          generation: 0
        })
        yield* dev.heard("it waits", waitsFor("h"))
        expect(yield* ask("/runs/h")).toMatchObject({ status: "running", workflow: "hello" })
      }),
    60_000
  )

  live(
    "loads changed code anew, in files that the entry imports as well, and lets runs go on that it fits",
    () =>
      Effect.gen(function* () {
        const folder = project(files)
        const dev = yield* devServer(folder)
        yield* start(folder, "a", "Ada")
        yield* dev.heard("it waits", waitsFor("a"))
        const since = dev.events().length
        write(folder, { "src/steps.ts": steps("Good morning"), "src/workflows.ts": workflows("", "New") })
        const reload = yield* dev.heard("it is loaded anew", ({ event }) => event === "reload", since)
        expect(reload).toMatchObject({ live: 1, diverging: [], choice: "new" })
        yield* start(folder, "b", "Bob")
        yield* dev.heard("it waits", waitsFor("b"), since)
        expect(yield* finish(folder, "a")).toMatchObject({ result: "New: Hello Ada !" })
        expect(yield* finish(folder, "b")).toMatchObject({ result: "New: Good morning Bob !" })
      }),
    60_000
  )

  live(
    "keeps the code before for all runs where the new code does not fit some, and says of how many and where",
    () =>
      Effect.gen(function* () {
        const folder = project(files)
        const dev = yield* devServer(folder)
        yield* start(folder, "a", "Ada")
        yield* dev.heard("it waits", waitsFor("a"))
        const since = dev.events().length
        write(folder, { "src/workflows.ts": workflows('yield* Effect.sleep("1 hour")', "New") })
        const reload = yield* dev.heard("the new code is looked at", ({ event }) => event === "reload", since)
        expect(reload).toMatchObject({
          live: 1,
          choice: "old",
          diverging: [{ runId: "a", workflow: "hello", position: 2, location: "src/workflows.ts:12:19" }]
        })
        yield* start(folder, "b", "Bob")
        yield* dev.heard("the code before turns it", waitsFor("b"))
        expect(yield* finish(folder, "a")).toMatchObject({ result: "Hello: Hello Ada !" })
        yield* finish(folder, "b")
      }),
    60_000
  )

  live(
    "with --keep-old lets the code before go on with those runs, and the new code with all others",
    () =>
      Effect.gen(function* () {
        const folder = project(files)
        const dev = yield* devServer(folder, "--keep-old")
        yield* start(folder, "a", "Ada")
        yield* dev.heard("it waits", waitsFor("a"))
        let since = dev.events().length
        // Steps of runs that are kept are those of before as well.
        write(folder, {
          "src/steps.ts": steps("Good morning"),
          "src/workflows.ts": workflows('yield* greet("again")', "New")
        })
        expect(yield* dev.heard("the new code", ({ event }) => event === "reload", since)).toMatchObject({
          choice: "keep"
        })
        yield* start(folder, "b", "Bob")
        yield* dev.heard(
          "the new code turns it",
          ({ asked, runId }) => runId === "b" && asked?.includes("step greet#1")
        )
        yield* dev.heard("it waits", waitsFor("b"), since)
        since = dev.events().length
        // A third one fits neither: each goes on with its own.
        write(folder, { "src/workflows.ts": workflows('yield* Effect.sleep("1 hour")', "Third") })
        const third = yield* dev.heard("the third code", ({ event }) => event === "reload", since)
        expect(third.diverging.map(({ runId }: any) => runId).sort()).toEqual(["a", "b"])
        expect(yield* finish(folder, "a")).toMatchObject({ result: "Hello: Hello Ada !" })
        expect(yield* finish(folder, "b")).toMatchObject({ result: "New: Good morning Bob !" })
      }),
    60_000
  )

  live(
    "goes on with the code before when new code does not load, and begins without any",
    () =>
      Effect.gen(function* () {
        const folder = project({ ...files, "src/steps.ts": "export const greet = )" })
        const dev = yield* devServer(folder)
        const refused = yield* dev.heard("it does not load", ({ event }) => event === "error")
        expect(refused.message).toContain("src/steps.ts")
        write(folder, { "src/steps.ts": steps() })
        yield* dev.heard("it loads", ({ event }) => event === "reload")
        yield* start(folder, "a", "Ada")
        yield* dev.heard("it waits", waitsFor("a"))
        const since = dev.events().length
        write(folder, { "src/workflows.ts": "export const workflows = 7" })
        expect(yield* dev.heard("it is refused", ({ event }) => event === "error", since)).toMatchObject({
          message: "its workflows are no array; write: export const workflows = [...], of what defineWorkflow gives"
        })
        write(folder, { "src/workflows.ts": 'throw new Error("at the top")' })
        yield* dev.heard("it throws", ({ message }) => /at the top/.test(message ?? ""), since)
        const stuck = 'console.log("it prints"); await new Promise(() => {}); export const workflows = []'
        write(folder, { "src/workflows.ts": stuck })
        yield* dev.heard("it comes to no end", ({ message }) => /still being loaded/.test(message ?? ""), since)
        expect(dev.error()).toContain("it prints")
        const again = dev.events().length
        write(folder, { "src/workflows.ts": files["src/workflows.ts"] })
        yield* dev.heard("it loads again", ({ event }) => event === "reload", again)
        expect(yield* finish(folder, "a")).toMatchObject({ result: "Hello: Hello Ada !" })
      }),
    60_000
  )

  live(
    "asks where there is somebody, and does as it is told",
    () =>
      Effect.gen(function* () {
        const folder = project(files)
        const worker = yield* devWorker(folder)
        yield* worker.heard("it is loaded", ({ event }) => event === "load")
        yield* start(folder, "a", "Ada")
        yield* worker.heard("it waits", waitsFor("a"))
        const asks = (diverging: number) =>
          worker.told("it asks", (message) => message.kind === "ask" && message.diverging === diverging)
        write(folder, { "src/workflows.ts": workflows('yield* Effect.sleep("1 hour")', "New") })
        worker.send({ kind: "reload", changed: ["src/workflows.ts"] })
        expect(yield* asks(1)).toEqual({ kind: "ask", diverging: 1, live: 1 })
        // Another change comes before an answer: it asks again.
        worker.send({ kind: "reload", changed: ["src/workflows.ts"] })
        worker.send({ kind: "choice", choice: "new" })
        yield* worker.heard("the choice", ({ choice, event }) => event === "reload" && choice === "new")
        // It meets the new code with its next message.
        yield* cliJson(["signal", "a", "go", "--payload", '"!"'], begun(folder))
        const parked = yield* worker.heard("it is parked", ({ runId, status }) => runId === "a" && status === "parked")
        expect(parked.error).toMatchObject({ _tag: "NonDeterminismError" })
        // Parked as it is, it holds up no other change; and it goes on once the code fits.
        const since = worker.events().length
        write(folder, { "src/workflows.ts": workflows("", "Again") })
        worker.send({ kind: "reload", changed: ["src/workflows.ts"] })
        yield* worker.heard("the code fits", ({ choice }) => choice === "new", since)
        expect((yield* cliJson(["wait", "a"], begun(folder))).json).toMatchObject({ result: "Again: Hello Ada !" })
        worker.send({ kind: "stop" })
        expect(yield* worker.ended).toBe(0)
      }),
    60_000
  )

  live("says what is missing, and what takes its port", () =>
    Effect.gen(function* () {
      const folder = project({})
      const missing = yield* Effect.promise(() => bin(["dev", "--port", "0"], { directory: folder }))
      expect(missing).toMatchObject({ code: 2, out: "" })
      expect(missing.error).toContain("there is no src/workflows.ts here")
      expect(existsSync(join(folder, ".dynactor"))).toBe(false)
      expect((yield* Effect.promise(() => bin(["dev", "gone.ts"], { directory: folder }))).code).toBe(3)
      write(folder, files)
      const dev = yield* devServer(folder)
      const port = new URL(dev.url).port
      const taken = yield* Effect.promise(() => bin(["dev", "--port", port], { directory: folder }))
      expect(taken.code).toBe(2)
      expect(taken.error).toContain("another process listens there")
    })
  )
})
