import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { callback, defineCallback, defineStep, defineWorkflow } from "../../src/index.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { newRunId } from "../store/samples.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"

const Approval = Schema.Struct({ by: Schema.String, on: Schema.Date })
class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}
const approval = defineCallback("approval", { payload: Approval, error: Refused, timeout: "1 hour" })

const urls = new Map<string, string>()
const handOut = defineStep("handOut", {
  input: Schema.String,
  output: Schema.Null,
  run: async (url, { runId }) => {
    urls.set(runId, url)
    return null
  }
})
const asks = defineWorkflow("asks", {
  input: Schema.Null,
  output: Schema.String,
  error: Refused,
  run: Effect.fn(function* () {
    const { receive, url = "" } = yield* callback(approval)
    yield* handOut(url)
    const { by, on } = yield* Effect.catchTag(receive, "CallbackTimedOut", Effect.die)
    return `${by} on ${on.toISOString()}`
  })
})

const base = "https://runs.example/prod"

const open = Effect.gen(function* () {
  const filename = yield* tempFile
  const { client } = yield* openEngine({
    filename,
    workflows: [asks],
    steps: [handOut],
    store: { callbackUrl: `${base}/` }
  })
  const api = makeApiHandler({
    workflows: [asks],
    signals: undefined,
    callbacks: [approval],
    store: sqliteStore({ filename })
  })
  const post = (path: string, body?: unknown, query: Record<string, string> = {}) =>
    Effect.promise(async () => {
      const answer = await api({
        rawPath: path,
        queryStringParameters: query,
        requestContext: { stage: "$default", http: { method: "POST" } },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
      })
      return { status: answer.statusCode, ...JSON.parse(answer.body) }
    })
  const ask = Effect.gen(function* () {
    const runId = newRunId()
    yield* client.start(asks, { runId, input: null })
    const url = yield* eventually(
      "the url",
      Effect.sync(() => urls.get(runId))
    )
    return { runId, path: url.slice(base.length) }
  })
  return { ask, client, post }
})

const yes = { by: "Ada", on: "2026-01-05T09:00:00.000Z" }

describe("callbacks over HTTP", () => {
  live("what is posted to its url completes one", () =>
    Effect.gen(function* () {
      const { ask, client, post } = yield* open
      const { path, runId } = yield* ask
      expect(path).toMatch(/^\/callbacks\/[A-Za-z0-9_.-]+$/)
      expect(yield* post(path, yes, { id: "delivery-1" })).toEqual({ status: 202 })
      expect(yield* client.wait(asks, runId)).toBe("Ada on 2026-01-05T09:00:00.000Z")
      expect(yield* post(path, yes, { id: "delivery-1" })).toEqual({ status: 202 })
      expect(yield* post(path, yes)).toMatchObject({ status: 409, error: "CallbackUsed" })
    })
  )

  live("one is completed, failed and kept alive by name", () =>
    Effect.gen(function* () {
      const { ask, client, post } = yield* open
      const first = yield* ask
      expect(yield* post(`${first.path}/heartbeat`)).toEqual({ status: 202 })
      expect(yield* post(`${first.path}/complete`, { payload: yes, id: "1" })).toEqual({ status: 202 })
      expect(yield* client.wait(asks, first.runId)).toContain("Ada")
      const second = yield* ask
      expect(yield* post(`${second.path}/fail`, { error: { _tag: "Refused", why: "no" } })).toEqual({ status: 202 })
      expect(yield* Effect.flip(client.wait(asks, second.runId))).toMatchObject({ _tag: "Refused", why: "no" })
    })
  )

  live("each answer that is not taken has a status and a name", () =>
    Effect.gen(function* () {
      const { ask, client, post } = yield* open
      const { path, runId } = yield* ask
      expect(yield* post(path, { by: 7 })).toMatchObject({ status: 400, error: "CallbackInvalid" })
      expect(yield* post(path)).toMatchObject({ status: 400, error: "CallbackInvalid" })
      expect(yield* post(path, "{")).toMatchObject({ status: 400, error: "BadRequest" })
      expect(yield* post(path, yes, { ID: "1" })).toMatchObject({ status: 400, error: "BadRequest" })
      expect(yield* post(`${path}/complete`, { value: yes })).toMatchObject({ status: 400, error: "BadRequest" })
      expect(yield* post(`${path}/fail`, { error: "no" })).toMatchObject({ status: 400, error: "CallbackInvalid" })
      expect(yield* post("/callbacks/nothing", yes)).toMatchObject({ status: 403, error: "CallbackForged" })
      expect(yield* post(`${path}x`, yes)).toMatchObject({ status: 403, error: "CallbackAltered" })
      expect(yield* post(`${path}x/heartbeat`)).toMatchObject({ status: 403, error: "CallbackAltered" })
      yield* client.cancel(runId)
      yield* Effect.flip(client.wait(asks, runId))
      expect(yield* post(path, yes)).toMatchObject({ status: 409, error: "RunFinished" })
      expect(yield* post(`${path}/heartbeat`)).toMatchObject({ status: 409, error: "RunFinished" })
    })
  )
})
