import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { hashApiKey } from "../../src/http/server/apiKeys.ts"
import { serveApi } from "../../src/http/server/serveApi.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { live, openEngine, tempFile } from "../streams/engine.ts"
import { bin, cli, cliJson } from "./commandLine.ts"
import { callbacks, signals, states, steps, streams, updates, workflows } from "./workflows.ts"

const key = "a-key-for-tests-that-is-long-enough-0123456789"

/** A host on a file, and the HTTP API of it. */
const served = Effect.fnUntraced(function* (authentication?: Parameters<typeof serveApi>[0]["authentication"]) {
  const filename = yield* tempFile
  const engine = yield* openEngine({ filename, workflows, steps })
  const store = yield* Layer.build(sqliteStore({ filename }))
  const definitions = { workflows, signals, states, updates, streams, callbacks, port: 0 }
  const { url } = yield* serveApi(authentication === undefined ? definitions : { ...definitions, authentication }).pipe(
    Effect.provideContext(store)
  )
  return { engine, url }
})

const on = (url: string, ...more: ReadonlyArray<string>) => ({
  text: (args: ReadonlyArray<string>, input?: string) =>
    cli([...args, "--url", url, ...more], input === undefined ? {} : { input }),
  json: (args: ReadonlyArray<string>) => cliJson([...args, "--url", url, ...more])
})

describe("an HTTP API as the target", () => {
  live("does what the client does", () =>
    Effect.gen(function* () {
      const { url } = yield* served()
      const { json, text } = on(url)
      const start = ["start", "order", "--id", "o-1", "--input", '{"id":"a","amount":4}']
      expect(yield* text(start)).toEqual({ code: 0, out: "o-1\n", error: "" })
      expect(yield* text(["wait", "o-1"])).toEqual({ code: 0, out: "8\n", error: "" })
      expect((yield* json(["get", "o-1"])).json).toMatchObject({ status: "succeeded", result: 8, waitingFor: [] })
      expect((yield* json(["list", "--status", "succeeded"])).json.runs).toMatchObject([{ runId: "o-1" }])
      expect(yield* json([...start.slice(0, -1), '{"id":"b","amount":4}'])).toMatchObject({
        code: 5,
        json: { error: "RunConflict" }
      })
      expect(yield* json([...start.slice(0, -1), '{"id":"b"}'])).toMatchObject({
        code: 2,
        json: { error: "InputInvalid" }
      })
      expect(yield* json(["get", "nobody"])).toMatchObject({ code: 3, json: { error: "RunNotFound" } })
      expect(yield* json(["start", "ordr"])).toMatchObject({ code: 3, json: { error: "WorkflowUnknown" } })
      expect(yield* text(["start", "order", "--wait", "--input", '{"id":"a","amount":400}'])).toMatchObject({ code: 1 })
    })
  )

  live("tells runs, and follows them", () =>
    Effect.gen(function* () {
      const { url } = yield* served()
      const { json, text } = on(url)
      yield* text(["start", "patient", "--id", "p-1", "--input", "1"])
      yield* Effect.repeat(json(["get", "p-1"]), {
        until: (shown) => shown.json.waitingFor.some(({ kind }: any) => kind === "signal") === true
      })
      expect(yield* json(["wait", "p-1", "--timeout", "50ms"])).toMatchObject({ code: 6 })
      expect((yield* json(["update", "p-1", "raise", "--input", "4", "--id", "u"])).json).toEqual({
        id: "u",
        output: 5
      })
      expect(yield* json(["update", "p-1", "raise", "--input", "40"])).toMatchObject({
        code: 1,
        json: { failure: { _tag: "TooMuch", most: 10 } }
      })
      expect((yield* json(["state", "p-1", "progress"])).json).toEqual({ done: 5, of: 100 })
      expect(yield* json(["state", "p-1", "token"])).toMatchObject({ code: 3, json: { error: "StateNotSet" } })
      const now = yield* Effect.repeat(text(["stream", "p-1", "words", "--no-follow"]), {
        until: ({ out }) => out.split("\n").length > 2
      })
      expect(now.out).toBe("one\ntwo\n")
      expect(yield* text(["signal", "p-1", "approved", "--payload", '{"by":"Ada"}'])).toMatchObject({ code: 0 })
      expect(yield* text(["stream", "p-1", "words"])).toEqual({ code: 0, out: "one\ntwo\nthree\n", error: "" })
      expect(yield* json(["stream", "p-1", "wrods"])).toMatchObject({ code: 3, json: { error: "StreamUnknown" } })
      expect(yield* text(["stream", "p-1", "words", "--from", "9"])).toEqual({
        code: 0,
        out: "",
        error: "nothing of stream words from 9 on of run p-1\n"
      })
      expect((yield* json(["wait", "p-1"])).json).toMatchObject({ result: "by Ada" })
      expect(yield* text(["state", "p-1", "progress", "--follow"])).toMatchObject({ out: '{"done":5,"of":100}\n' })
      expect(yield* json(["cancel", "p-1"])).toMatchObject({ code: 5, json: { error: "RunFinished" } })
    })
  )

  live("answers callbacks by their tokens", () =>
    Effect.gen(function* () {
      const { url } = yield* served()
      const { json } = on(url)
      yield* json(["start", "asking", "--id", "c-1"])
      const shown = yield* Effect.repeat(json(["state", "c-1", "token"]), { until: ({ code }) => code === 0 })
      expect(yield* json(["heartbeat", shown.json])).toMatchObject({ code: 0 })
      expect(yield* json(["complete", shown.json, "--payload", '{"number":7}'])).toMatchObject({ code: 0 })
      expect((yield* json(["wait", "c-1"])).json).toMatchObject({ result: 7 })
      expect(yield* json(["complete", shown.json, "--payload", '{"number":8}'])).toMatchObject({ code: 5 })
    })
  )

  live("says what it cannot do, who does not answer, and what key is missing", () =>
    Effect.gen(function* () {
      const { url } = yield* served({ keys: [{ name: "tests", hash: hashApiKey(key) }] })
      expect(yield* on(url).json(["list"])).toMatchObject({ code: 4, json: { error: "Unauthorized" } })
      expect((yield* on(url, "--key", key).json(["list"])).json).toEqual({ runs: [] })
      expect((yield* cliJson(["list"], { environment: { DYNACTOR_TARGET: url, DYNACTOR_KEY: key } })).json).toEqual({
        runs: []
      })
      expect(yield* on(url, "--key", key).json(["sweep"])).toMatchObject({ code: 2, json: { error: "StoreNeeded" } })
      const away = yield* cliJson(["list", "--url", "http://127.0.0.1:1"])
      expect(away).toMatchObject({ code: 4, json: { error: "ServerAway" } })
      expect(away.json.message).toContain("nobody answers at http://127.0.0.1:1")
      const piped = yield* Effect.promise(() => bin(["list", "--url", url, "--key", key, "--json"]))
      expect(piped).toMatchObject({ code: 0, error: "" })
    })
  )
})
