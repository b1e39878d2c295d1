import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { describe, expect } from "vitest"
import { newApiKey } from "../../src/http.ts"
import { ApiError, makeApiClient, UpdateRejected } from "../../src/httpClient.ts"
import { onEachStore } from "../client/eachStore.ts"
import { openEngine } from "../streams/engine.ts"
import { definitions, everything } from "./everything.ts"
import { served } from "./served.ts"

onEachStore("the typed client over HTTP", (newStore) => {
  it.live("does with a run all that the client does", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { url } = yield* served(yield* open(definitions), definitions)
      const api = yield* makeApiClient({ url: `${url}/` })
      const id = "all/of it"
      const start = api.runs.start({ params: { name: everything.workflowName }, payload: { runId: id, input: 2 } })
      expect(yield* start).toEqual({ runId: id, isNew: true, generation: 0 })
      expect(yield* start).toEqual({ runId: id, isNew: false, generation: 0 })
      const shown = yield* api.runs.state({
        params: { id, name: "shown" },
        query: { waitMs: 20_000 }
      })
      expect(shown).toMatchObject({ value: { count: 2 }, isOver: false })
      const add = (input: number, changeId: string) =>
        api.runs.update({ params: { id, name: "add" }, payload: { input, id: changeId } })
      expect(yield* add(3, "1")).toEqual({ id: "1", output: 5 })
      const rejected = yield* Effect.flip(add(-1, "2"))
      expect(rejected).toBeInstanceOf(UpdateRejected)
      expect(rejected).toMatchObject({ _tag: "UpdateRejected", id: "2", failure: { _tag: "Negative" }, status: 422 })
      const { value } = yield* api.runs
        .state({ params: { id, name: "shown" }, query: {} })
        .pipe(Effect.map((answer) => ("value" in answer ? answer : { value: undefined })))
      const { token } = value as { readonly token: string }
      const complete = api.callbacks.complete({ params: { token }, payload: { payload: "yes", id: "1" } })
      yield* api.callbacks.heartbeat({ params: { token } })
      yield* complete
      yield* complete
      const other = api.callbacks.callback({ params: { token }, query: { id: "2" }, payload: "no" })
      expect(yield* Effect.flip(other)).toMatchObject({ _tag: "CallbackUsed", status: 409 })
      yield* api.runs.signal({ params: { id, name: "done" }, payload: { payload: null, id: "1" } })
      const ended = yield* api.runs.wait({ params: { id }, query: { waitMs: 20_000 } })
      expect(ended).toEqual({ runId: id, outcome: "succeeded", result: { count: 5, answer: "yes" } })
      expect(yield* api.runs.get({ params: { id }, query: {} })).toMatchObject({
        status: "succeeded",
        result: { answer: "yes" }
      })
      const emitted = (from: number) =>
        api.runs.stream({ params: { id, name: "log" }, query: { from, waitMs: 20_000 } })
      expect(yield* emitted(0)).toMatchObject({ items: [{ value: "begun", position: 0 }, { value: "over" }], next: 2 })
      expect(yield* emitted(2)).toEqual({ items: [], next: 2, isOver: true })
      const { entries } = yield* api.inspection.history({ params: { id }, query: {} })
      expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["start", "update", "callback", "signal"]))
      const { commands, commandsFrom } = yield* api.inspection.timeline({ params: { id }, query: {} })
      expect(commandsFrom).toBe("code")
      const step = commands.find(({ name }) => name === "echo")
      expect(step).toMatchObject({ state: "done", input: { json: 2 }, output: { json: 2 } })
      expect((yield* api.inspection.why({ params: { id }, query: {} })).causes).toEqual(["succeeded"])
      expect((yield* api.inspection.compare({ params: { id }, query: {} })).verdict).toBe("over")
      expect((yield* api.inspection.cost({ params: { id } })).messages).toBe(entries.length)
      expect((yield* api.inspection.tree({ params: { id } })).run).toMatchObject({ runId: id, children: [] })
      expect((yield* api.inspection.generations({ params: { id } })).generations).toMatchObject([{ generation: 0 }])
      const ref = step?.output?.ref ?? ""
      expect(yield* api.inspection.value({ params: { id }, query: { ref } })).toMatchObject({ json: 2 })
      const unknown = yield* Effect.flip(api.inspection.value({ params: { id }, query: { ref: "none" } }))
      expect(unknown).toMatchObject({ _tag: "ValueNotFound", status: 404 })
      const { runs } = yield* api.runs.list({ query: { workflow: everything.workflowName, limit: 1 } })
      expect(runs).toMatchObject([{ runId: id, status: "succeeded" }])
      expect((yield* api.system.counts()).counts.succeeded.count).toBe(1)
      expect((yield* api.system.definitions()).workflows).toMatchObject([{ name: "everything", version: "1" }])
      const late = yield* Effect.flip(api.runs.cancel({ params: { id }, payload: { reason: "late" } }))
      expect(late).toBeInstanceOf(ApiError)
      expect(late).toMatchObject({ _tag: "RunFinished", status: 409, message: expect.stringMatching(/too late/) })
    })
  )
})

describe("the typed client over HTTP", () => {
  it.live("sends its key, and has errors to catch by tag", () =>
    Effect.gen(function* () {
      const { key, hash } = newApiKey()
      const engine = yield* openEngine(definitions)
      const { url } = yield* served(engine, { ...definitions, authentication: { keys: [{ name: "one", hash }] } })
      const anonymous = yield* makeApiClient({ url })
      expect(yield* Effect.flip(anonymous.system.counts())).toMatchObject({ _tag: "Unauthorized", status: 401 })
      const api = yield* makeApiClient({ url, key: Effect.succeed(key) })
      const missing = api.runs.get({ params: { id: "nobody" }, query: {} })
      expect(yield* Effect.catchTag(missing, "RunNotFound", ({ message }) => Effect.succeed(message))).toMatch(/nobody/)
    })
  )

  it.live("says so where nobody answers, and asks by the fetch that it is given", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const fetch: typeof globalThis.fetch = (input) => {
        asked.push(String(input))
        return Promise.reject(new TypeError("nobody there"))
      }
      const api = yield* makeApiClient({ url: "http://api.example/v1/", fetch })
      expect(yield* Effect.flip(api.runs.get({ params: { id: "a/b" }, query: {} }))).toMatchObject({
        _tag: "HttpClientError"
      })
      expect(asked).toEqual(["http://api.example/v1/runs/a%2Fb"])
    })
  )

  it("can be bundled for a browser: nothing of Node, of a store or of the AWS SDK is in it", async () => {
    const { metafile } = await build({
      stdin: { contents: 'export * from "dynactor/http-client"', resolveDir: process.cwd() },
      bundle: true,
      write: false,
      metafile: true,
      platform: "browser",
      format: "esm",
      conditions: ["source"],
      logLevel: "silent"
    })
    const files = Object.keys(metafile.inputs)
    expect(files).toContain("src/http/client/httpClient.ts")
    expect(files.filter((file) => /aws-sdk|smithy|^src\/(store|streams|client)\//.test(file))).toEqual([])
  })
})
