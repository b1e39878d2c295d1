import { type RequestOptions, request } from "node:http"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { hashApiKey, newApiKey, type ServeApiOptions } from "../../src/http.ts"
import { onEachStore } from "../client/eachStore.ts"
import { openEngine } from "../streams/engine.ts"
import * as entry from "../streams/lambda/definitions.ts"
import { served } from "./served.ts"

const { workflows, steps, signals } = entry

onEachStore("the API of a plain process", (newStore) => {
  it.live("starts, shows, tells and lists runs", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { ask } = yield* served(yield* open({ workflows, steps }), { workflows, signals })
      const runId = "order/17 %25 ü"
      const path = `/runs/${encodeURIComponent(runId)}`
      const start = ask("POST", "/workflows/approval/runs", { runId, input: "Ada" })
      expect(yield* start).toMatchObject({ status: 201, body: { runId, isNew: true } })
      expect(yield* start).toMatchObject({ status: 200, body: { runId, isNew: false } })
      expect(yield* ask("GET", `${path}/wait?waitMs=0`)).toMatchObject({ status: 202, body: { isPending: true } })
      expect(yield* ask("GET", path)).toMatchObject({ status: 200, body: { runId, workflow: "approval" } })
      // As it stands, where that is a path.
      expect(yield* ask("GET", `/runs/${encodeURI(runId)}`)).toMatchObject({ status: 200, body: { runId } })
      const signal = { payload: { by: "Bob" }, id: "1" }
      expect(yield* ask("POST", `${path}/signals/approved`, signal)).toMatchObject({ status: 202, body: { runId } })
      expect(yield* ask("GET", `${path}/wait?waitMs=20000`)).toMatchObject({
        status: 200,
        body: { runId, outcome: "succeeded", result: "Hello, Ada, approved by Bob" }
      })
      expect((yield* ask("GET", `${path}/history`)).body).toMatchObject({
        runId,
        generation: 0,
        total: 3,
        entries: [
          { position: 0, key: "start", kind: "start", value: { json: "Ada" } },
          { kind: "step", outcome: "succeeded", attempts: 1 },
          { kind: "signal", name: "approved", value: { json: { by: "Bob" } } }
        ]
      })
      expect((yield* ask("GET", `${path}/history?from=1&limit=1`)).body).toMatchObject({
        entries: [{ position: 1 }],
        next: 2
      })
      expect((yield* ask("GET", "/counts")).body.counts.succeeded).toEqual({ count: 1, isMore: false })
      expect((yield* ask("GET", "/runs?workflow=approval&status=succeeded")).body.runs).toMatchObject([{ runId }])
      expect((yield* ask("POST", `${path}/cancel`)).body).toMatchObject({ error: "RunFinished" })
    })
  )
})

const small = (options: Omit<ServeApiOptions, "workflows"> = {}) =>
  Effect.flatMap(openEngine({ workflows, steps }), (engine) => served(engine, { workflows, signals, ...options }))

describe("requests that are wrong", () => {
  it.live("have one form of answer, that says what is wrong", () =>
    Effect.gen(function* () {
      const { ask } = yield* small()
      const cases = [
        [yield* ask("POST", "/workflows/approval/runs", "{"), 400, "BadRequest", /valid JSON/],
        [yield* ask("POST", "/workflows/approval/runs", { input: "Ada", runID: "r" }), 400, "BadRequest", /runID/],
        [yield* ask("GET", "/runs?limit=none"), 400, "BadRequest", /limit/],
        [yield* ask("GET", "/runs/%"), 400, "BadRequest", /percent/],
        [yield* ask("GET", "/runs/nobody"), 404, "RunNotFound", /nobody/],
        [yield* ask("GET", "/nothing"), 404, "RouteUnknown", /GET \/nothing/],
        [yield* ask("DELETE", "/runs/nobody"), 404, "RouteUnknown", /DELETE/],
        [yield* ask("POST", "/callbacks/none/complete"), 403, "CallbackForged", /token/]
      ] as const
      for (const [answer, status, error, message] of cases) {
        expect(answer).toMatchObject({ status, body: { error, message: expect.stringMatching(message) } })
        expect(answer.headers.get("content-type")).toBe("application/json")
        expect(answer.headers.get("cache-control")).toBe("no-store")
      }
    })
  )
})

describe("whatever is asked for", () => {
  it.live("run ids may be as long as they may be, and the tokens that come of them", () =>
    Effect.gen(function* () {
      const { ask } = yield* small()
      for (const runId of ["a".repeat(101), "ü/".repeat(256)]) {
        const path = `/runs/${encodeURIComponent(runId)}`
        expect(yield* ask("GET", path)).toMatchObject({ status: 404, body: { error: "RunNotFound" } })
        expect((yield* ask("POST", "/workflows/approval/runs", { runId, input: "Ada" })).status).toBe(201)
        expect(yield* ask("GET", path)).toMatchObject({ status: 200, body: { runId } })
        const signal = { payload: { by: "Bob" }, id: "1" }
        expect((yield* ask("POST", `${path}/signals/approved`, signal)).status).toBe(202)
      }
      expect((yield* ask("GET", `/runs/${"a".repeat(10_000)}`)).body).toHaveProperty("error")
      expect((yield* ask("POST", `/callbacks/${"a".repeat(2_000)}/complete`)).body.error).toBe("CallbackForged")
    })
  )

  it.live("an error is JSON, of what no handler sees as well", () =>
    Effect.gen(function* () {
      const pages = () => {
        throw new Error("the pages are broken")
      }
      const { port } = yield* small({ pages })
      const cases = [
        [{ method: "TRACE", path: "/runs" }, 400, "BadRequest"],
        [{ headers: { host: "a b" }, path: "/runs" }, 400, "BadRequest"],
        [{ headers: { host: "[" }, path: "/runs" }, 400, "BadRequest"],
        [{ path: "/pages" }, 500, "InternalError"],
        [{ path: `/runs/${"a".repeat(20_000)}` }, 431, "BadRequest"]
      ] as const
      for (const [options, status, error] of cases) {
        const answer = yield* askRaw({ port, ...options })
        expect(answer).toMatchObject({ status, type: "application/json" })
        expect(JSON.parse(answer.text)).toMatchObject({ error, message: expect.any(String), help: expect.any(String) })
      }
    })
  )
})

const askRaw = (options: RequestOptions) =>
  Effect.callback<{ readonly status: number | undefined; readonly type: string | undefined; readonly text: string }>(
    (resume) => {
      const asked = request(options, async (response) => {
        let text = ""
        for await (const part of response) text += part
        resume(Effect.succeed({ status: response.statusCode, type: response.headers["content-type"], text }))
      })
      asked.end()
    }
  )

/** With any Host, which `fetch` does not let one write. */
const askAs = (port: number, host: string, path: string) =>
  Effect.callback<number>((resume) => {
    const asked = request({ port, path, headers: { host } }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode ?? 0))
    })
    asked.end()
  })

describe("a server without authentication", () => {
  it.live("listens to this machine alone", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(small({ hostname: "0.0.0.0" }))
      expect(error).toMatchObject({ _tag: "ApiNotServed", message: expect.stringMatching(/without authentication/) })
    })
  )

  it.live("answers to no other name, and lets no page of another site do anything", () =>
    Effect.gen(function* () {
      const { ask, port } = yield* small()
      expect(yield* askAs(port, `localhost:${port}`, "/runs")).toBe(200)
      expect(yield* askAs(port, `rebound.example:${port}`, "/runs")).toBe(403)
      const start = (headers: Readonly<Record<string, string>>) =>
        ask("POST", "/workflows/approval/runs", { input: "Ada" }, headers)
      expect(yield* start({ origin: "https://evil.example" })).toMatchObject({
        status: 403,
        body: { error: "OriginRefused" }
      })
      expect((yield* start({ origin: "null" })).status).toBe(403)
      expect((yield* start({ "sec-fetch-site": "cross-site" })).status).toBe(403)
      expect((yield* start({ origin: `http://127.0.0.1:${port}` })).status).toBe(201)
    })
  )
})

describe("API keys", () => {
  it.live("let in who has one, and those that only read do only that", () =>
    Effect.gen(function* () {
      const [writer, reader] = [newApiKey(), newApiKey()]
      const keys = [
        { name: "writer", hash: writer.hash },
        { name: "reader", hash: reader.hash, readsOnly: true }
      ]
      const { ask } = yield* small({ authentication: { keys }, hostname: "127.0.0.1" })
      const by = (key: string) => ({ authorization: `Bearer ${key}` })
      const start = { input: "Ada" }
      expect(yield* ask("GET", "/runs")).toMatchObject({ status: 401, body: { error: "Unauthorized" } })
      expect((yield* ask("GET", "/runs", undefined, by(newApiKey().key))).status).toBe(401)
      expect((yield* ask("GET", "/runs", undefined, by(reader.key))).status).toBe(200)
      expect((yield* ask("POST", "/workflows/approval/runs", start, by(writer.key))).status).toBe(201)
      expect(yield* ask("POST", "/workflows/approval/runs", start, by(reader.key))).toMatchObject({
        status: 403,
        body: { error: "KeyReadsOnly" }
      })
      // The token is the right to it.
      expect((yield* ask("POST", "/callbacks/none/complete")).body).toMatchObject({ error: "CallbackForged" })
    })
  )

  it("are hashed, and short ones are refused", () => {
    const { key, hash } = newApiKey()
    expect(hashApiKey(key)).toBe(hash)
    expect(hash).not.toContain(key)
    expect(() => hashApiKey("secret")).toThrow(/newApiKey/)
  })
})

describe("sites whose pages may use the API", () => {
  it.live("are told so by browsers' own questions, and others are not", () =>
    Effect.gen(function* () {
      const site = "https://shop.example"
      const { ask } = yield* small({ origins: [site] })
      const preflight = (origin: string) =>
        ask("OPTIONS", "/workflows/approval/runs", undefined, { origin, "access-control-request-method": "POST" })
      const allowed = yield* preflight(site)
      expect(allowed.status).toBe(204)
      expect(allowed.headers.get("access-control-allow-origin")).toBe(site)
      expect(allowed.headers.get("access-control-allow-headers")).toContain("Authorization")
      const start = yield* ask("POST", "/workflows/approval/runs", { input: "Ada" }, { origin: site })
      expect(start.status).toBe(201)
      expect(start.headers.get("access-control-allow-origin")).toBe(site)
      const other = yield* preflight("https://evil.example")
      expect(other.status).toBe(403)
      expect(other.headers.get("access-control-allow-origin")).toBeNull()
      const read = yield* ask("GET", "/runs", undefined, { origin: "https://evil.example" })
      expect(read.headers.get("access-control-allow-origin")).toBeNull()
    })
  )
})

describe("a check of one's own", () => {
  it.live("lets in whom it knows, as whom it says", () =>
    Effect.gen(function* () {
      const { ask } = yield* small({
        authentication: {
          verify: async ({ headers, method, path }) =>
            headers.cookie === "session=ada"
              ? { tenant: "", name: `ada/${method}/${path}`, readsOnly: true }
              : undefined
        }
      })
      expect((yield* ask("GET", "/runs?limit=1")).body).toMatchObject({ error: "Unauthorized" })
      const ada = { cookie: "session=ada" }
      expect((yield* ask("GET", "/runs?limit=1", undefined, ada)).status).toBe(200)
      expect((yield* ask("POST", "/runs/r/cancel", {}, ada)).body).toMatchObject({
        error: "KeyReadsOnly",
        message: expect.stringMatching(/^ada\/POST\/\/runs\/r\/cancel may look/)
      })
    })
  )

  it.live("that breaks, or says a tenant that there is not, is a fault of the server and lets nobody in", () =>
    Effect.gen(function* () {
      const broken = yield* small({ authentication: { verify: () => Promise.reject(new Error("no session store")) } })
      expect(yield* broken.ask("GET", "/runs")).toMatchObject({ status: 500, body: { error: "InternalError" } })
      const stray = yield* small({ authentication: { verify: async () => ({ tenant: "other", name: "eve" }) } })
      expect(yield* stray.ask("GET", "/runs")).toMatchObject({ status: 500, body: { error: "InternalError" } })
      const keys = [{ name: "one", hash: "sha256:beef" }]
      const unhashed = yield* small({ authentication: { keys: Effect.succeed(keys) } })
      expect((yield* unhashed.ask("GET", "/runs", undefined, { authorization: "Bearer x" })).status).toBe(401)
    })
  )
})
