import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Layer from "effect/Layer"
import { afterAll, describe, expect, it } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { maxBodyBytes } from "../../src/http/operations/response.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { makeTurnHandlers } from "../../src/streams/lambda/handlers.ts"
import * as entry from "../streams/lambda/definitions.ts"
import { contextWith, doorbellEvent } from "../streams/lambda/platform.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const store = sqliteStore({ filename: join(folder, "runs.db") })
const { workflows, steps, signals } = entry
const api = makeApiHandler({ workflows, signals, store })
const unchecked = makeApiHandler({ workflows, signals: undefined, store })
const turn = makeTurnHandlers({ workflows, steps, layer: Layer.empty, tuning: {}, store, environment: () => ({}) })

const send = async (method: string, path: string, body?: unknown, handler = api) => {
  const [rawPath = "", search = ""] = path.split("?")
  const { statusCode, body: text } = await handler({
    // An HTTP API has decoded it by then.
    rawPath: decodeURIComponent(rawPath),
    queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
    requestContext: { stage: "$default", http: { method } },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
  })
  return { status: statusCode, ...JSON.parse(text) }
}

const start = (runId: string, input: unknown = "Ada", workflow = "approval") =>
  send("POST", `/workflows/${workflow}/runs`, { runId, input })

const ring = (runId: string, key: string) => turn.stream(doorbellEvent([[runId, key, "1"]]), contextWith(10_000))

describe("POST /workflows/{name}/runs", () => {
  it("starts a run once", async () => {
    expect(await start("once")).toEqual({ status: 201, runId: "once", isNew: true, generation: 0 })
    expect(await start("once")).toEqual({ status: 200, runId: "once", isNew: false, generation: 0 })
    expect(await send("GET", "/runs/once")).toMatchObject({ status: "accepted", workflow: "approval" })
  })

  it("makes up a run id, and takes no body for no input", async () => {
    const { status, runId } = await send("POST", "/workflows/sticking/runs")
    expect(status).toBe(201)
    expect(runId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each([
    ["/workflows/approval/runs", { input: 7, runId: "r" }, 400, "InputInvalid"],
    ["/workflows/approval/runs", { input: "Ada", runId: "" }, 400, "RunIdInvalid"],
    ["/workflows/approval/runs", { input: "Ada", runID: "r" }, 400, "BadRequest"],
    ["/workflows/approval/runs", "{", 400, "BadRequest"],
    ["/workflows/approval/runs", "[]", 400, "BadRequest"],
    ["/workflows/nothing/runs", { input: "Ada" }, 404, "WorkflowUnknown"],
    ["/workflows/approval/runs", { input: "Ada", version: "2" }, 404, "WorkflowUnknown"],
    ["/workflows/approval/runs", { input: "a".repeat(maxBodyBytes) }, 413, "RequestTooLarge"]
  ])("%s %#: %i %s", async (path, body, status, error) => {
    expect(await send("POST", path, body)).toMatchObject({ status, error, message: expect.any(String) })
  })

  it("answers 409 to the id of another run", async () => {
    await start("taken")
    expect(await start("taken", "Bob")).toMatchObject({ status: 409, error: "RunConflict" })
  })
})

describe("POST /workflows/{name}/runs with a signal", () => {
  const startWith = (runId: string, signal: unknown, input: unknown = "Ada", handler = api) =>
    send("POST", "/workflows/approval/runs", { runId, input, signal }, handler)
  const approval = { name: "approved", payload: { by: "Bob" }, id: "1" }

  it("starts the run and signals it, once however often it is asked", async () => {
    expect(await startWith("both", approval)).toEqual({ status: 201, runId: "both", isNew: true, generation: 0 })
    expect(await startWith("both", approval)).toEqual({ status: 200, runId: "both", isNew: false, generation: 0 })
    expect((await send("POST", "/runs/both/cancel")).status).toBe(202)
    await ring("both", "start")
    expect(await send("GET", "/runs/both")).toMatchObject({
      status: "cancelled",
      unread: [{ name: "approved", count: 1 }]
    })
    expect(await startWith("both", approval)).toEqual({ status: 200, runId: "both", isNew: false, generation: 0 })
    expect(await startWith("both", { ...approval, id: "2" })).toMatchObject({ status: 409, error: "RunFinished" })
  })

  it.each([
    [{ name: "approved", payload: { by: 7 } }, 400, "SignalInvalid"],
    [{ ...approval, for: "" }, 400, "SignalInvalid"],
    [{ ...approval, too: "much" }, 400, "BadRequest"],
    [{ payload: null }, 400, "BadRequest"],
    ["approved", 400, "BadRequest"],
    [{ name: "refused" }, 404, "SignalUnknown"]
  ])("starts nothing where the signal is wrong: %j", async (signal, status, error) => {
    expect(await startWith("nothing", signal)).toMatchObject({ status, error, message: expect.any(String) })
    expect(await send("GET", "/runs/nothing")).toMatchObject({ error: "RunNotFound" })
  })

  it("signals no run of that id that is another's", async () => {
    await start("others", "Cleo")
    expect(await startWith("others", approval)).toMatchObject({ status: 409, error: "RunConflict" })
  })
})

describe("GET /runs/{id}", () => {
  it("answers 404 for a run that is not there", async () => {
    expect(await send("GET", "/runs/nobody")).toMatchObject({ status: 404, error: "RunNotFound" })
  })

  it.each(["a/b c%", "50%25", "a/signals/b", "a/", "ü#1"])("finds, tells and cancels the run %j", async (runId) => {
    await start(runId)
    const path = `/runs/${encodeURIComponent(runId)}`
    expect(await send("GET", path)).toMatchObject({ status: "accepted", runId })
    expect(await send("POST", `${path}/signals/approved`, { payload: { by: "Ada" } })).toEqual({ status: 202, runId })
    expect(await send("POST", `${path}/cancel`)).toEqual({ status: 202, runId })
  })
})

describe("signals and cancellations", () => {
  it("are for one thing, if they say so, and told while nobody asks for them", async () => {
    await start("asking")
    const signal = { payload: { by: "Cleo" }, id: "1", for: "question-1" }
    expect((await send("POST", "/runs/asking/signals/approved", signal)).status).toBe(202)
    expect((await send("POST", "/runs/asking/signals/approved", signal)).status).toBe(202)
    expect(await send("POST", "/runs/asking/signals/approved", { ...signal, for: "another" })).toMatchObject({
      status: 409,
      error: "SignalConflict"
    })
    await ring("asking", "start")
    expect(await send("GET", "/runs/asking")).toMatchObject({
      status: "running",
      unread: [{ name: "approved", for: "question-1", count: 1 }]
    })
  })

  it.each([
    ["/runs/told/signals/approved", { payload: { by: 7 } }, 400, "SignalInvalid"],
    ["/runs/told/signals/approved", { payload: { by: "Cleo" }, id: "" }, 400, "SignalInvalid"],
    ["/runs/told/signals/approved", { payload: { by: "Cleo" }, for: "" }, 400, "SignalInvalid"],
    ["/runs/told/signals/refused", { payload: null }, 404, "SignalUnknown"],
    ["/runs/nobody/signals/approved", { payload: { by: "Cleo" } }, 404, "RunNotFound"],
    ["/runs/nobody/cancel", {}, 404, "RunNotFound"],
    ["/runs/told/cancel", { reason: 7 }, 400, "BadRequest"]
  ])("%s %#: %i %s", async (path, body, status, error) => {
    await start("told")
    expect(await send("POST", path, body)).toMatchObject({ status, error })
  })

  it("are refused with 409 once the run has ended, unless they were accepted before", async () => {
    await start("ended")
    const approval = { payload: { by: "Cleo" }, id: "1" }
    expect((await send("POST", "/runs/ended/signals/approved", approval)).status).toBe(202)
    expect((await send("POST", "/runs/ended/cancel", { reason: "enough" })).status).toBe(202)
    await ring("ended", "start")
    expect(await send("GET", "/runs/ended")).toMatchObject({ status: "cancelled" })
    const other = { payload: { by: "Cleo" }, id: "2" }
    expect(await send("POST", "/runs/ended/signals/approved", other)).toMatchObject({
      status: 409,
      error: "RunFinished",
      message: "run ended was cancelled: signal approved comes too late"
    })
    expect(await send("POST", "/runs/ended/signals/approved", approval)).toEqual({ status: 202, runId: "ended" })
    const otherPayload = { ...approval, payload: { by: "Bob" } }
    expect(await send("POST", "/runs/ended/signals/approved", otherPayload)).toMatchObject({
      status: 409,
      error: "SignalConflict"
    })
  })

  it("are answered alike when a cancellation is asked for again", async () => {
    await start("stopped")
    expect((await send("POST", "/runs/stopped/cancel", { reason: "enough" })).status).toBe(202)
    await ring("stopped", "start")
    await ring("stopped", "cancel")
    expect(await send("GET", "/runs/stopped")).toMatchObject({ status: "cancelled", result: "enough" })
    expect(await send("POST", "/runs/stopped/cancel", { reason: "enough" })).toEqual({ status: 202, runId: "stopped" })
  })

  it("are all taken where the deployment does not say which there are", async () => {
    await start("any")
    expect((await send("POST", "/runs/any/signals/whatever", { payload: 7 }, unchecked)).status).toBe(202)
    expect(await send("POST", "/runs/any/signals/a%20b", {}, unchecked)).toMatchObject({ error: "SignalUnknown" })
  })
})

describe("GET /runs", () => {
  it("lists by workflow and status, page by page", async () => {
    for (const runId of ["one", "two"]) {
      await start(runId, "Ada", "greeting")
      await ring(runId, "start")
    }
    const query = "/runs?workflow=greeting&status=running&limit=1"
    const first = await send("GET", query)
    const second = await send("GET", `${query}&cursor=${encodeURIComponent(first.cursor)}`)
    const ids = [...first.runs, ...second.runs].map(({ runId }: { readonly runId: string }) => runId)
    expect(ids.sort()).toEqual(["one", "two"])
    expect((await send("GET", "/runs?workflow=greeting&status=failed")).runs).toEqual([])
  })

  it.each([["status=asleep"], ["limit=0"], ["limit=ten"], ["workflows=a"]])("answers 400 to ?%s", async (query) => {
    expect(await send("GET", `/runs?${query}`)).toMatchObject({ status: 400, error: "BadRequest" })
  })
})

describe("the event", () => {
  it("may have a stage before its path, and a body in base64", async () => {
    const { statusCode } = await api({
      rawPath: "/prod/workflows/greeting/runs",
      requestContext: { stage: "prod", http: { method: "POST" } },
      body: Buffer.from(JSON.stringify({ input: "Ada" })).toString("base64"),
      isBase64Encoded: true
    })
    expect(statusCode).toBe(201)
  })

  it("of a function URL has its path encoded still", async () => {
    const runId = "100%/a?b"
    await start(runId)
    const get = async (rawPath: string) => {
      const requestContext = { domainName: "abc.lambda-url.eu-central-1.on.aws", http: { method: "GET" } }
      const { statusCode, body } = await api({ rawPath, requestContext })
      return { status: statusCode, ...JSON.parse(body) }
    }
    expect(await get(`/runs/${encodeURIComponent(runId)}`)).toMatchObject({ runId })
    expect(await get("/runs/%")).toMatchObject({ status: 400, error: "BadRequest" })
  })

  it.each([
    ["DELETE", "/runs/r"],
    ["GET", "/"],
    ["POST", "/runs/r/signals"],
    ["POST", "/runs"]
  ])("%s %s is answered with 404", async (method, path) => {
    expect(await send(method, path)).toMatchObject({ status: 404, error: "RouteUnknown" })
  })
})
