import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { defineSignal, defineState, defineWorkflow } from "../../src/index.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"

const since = defineState("since", Schema.Struct({ day: Schema.Date, count: Schema.Int }))
const next = defineSignal("next", Schema.Date)

const counts = defineWorkflow("counts", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (to: number) {
    for (let count = 1; count <= to; count++) yield* since.set({ day: yield* next.receive, count })
    return to
  })
})

const day = (n: number) => new Date(Date.UTC(2026, 0, n))

/** A host, and the API over the same file. */
const setUp = Effect.gen(function* () {
  const filename = yield* tempFile
  const { client } = yield* openEngine({ filename, workflows: [counts] })
  const options = { workflows: [counts], signals: undefined, store: sqliteStore({ filename }) }
  const asked = (states: ReadonlyArray<typeof since> | undefined) => {
    const api = makeApiHandler({ ...options, states })
    return (path: string) =>
      Effect.promise(async () => {
        const [rawPath = "", search = ""] = path.split("?")
        const { statusCode, body } = await api({
          rawPath,
          queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
          requestContext: { stage: "$default", http: { method: "GET" } }
        })
        return { status: statusCode, ...JSON.parse(body) }
      })
  }
  return { client, get: asked([since]), getAny: asked(undefined) }
})

live("GET /runs/{id}/states/{name} answers with what the run has published last", () =>
  Effect.gen(function* () {
    const { client, get, getAny } = yield* setUp
    yield* client.start(counts, { runId: "a/b", input: 2 })
    expect(yield* get("/runs/a/b/states/since")).toMatchObject({ status: 404, error: "StateNotSet" })
    yield* client.signal("a/b", next, day(1))
    const first = yield* eventually(
      "the first",
      Effect.map(get("/runs/a/b/states/since"), (answer) => answer.status === 200 && answer)
    )
    expect(first).toEqual({
      status: 200,
      value: { day: day(1).toISOString(), count: 1 },
      mark: expect.any(String),
      isOver: false
    })
    expect(yield* getAny("/runs/a/b/states/since")).toEqual(first)
    yield* client.signal("a/b", next, day(2))
    yield* client.wait(counts, "a/b")
    expect(yield* get("/runs/a/b/states/since")).toMatchObject({ value: { count: 2 }, isOver: true })
  })
)

live("with the mark of an answer before it waits for another", () =>
  Effect.gen(function* () {
    const { client, get } = yield* setUp
    yield* client.start(counts, { runId: "r", input: 2 })
    yield* client.signal("r", next, day(1))
    const path = "/runs/r/states/since"
    const { mark } = yield* eventually(
      "the first",
      Effect.map(get(path), (answer) => answer.status === 200 && answer)
    )
    expect(yield* get(`${path}?after=${mark}`)).toEqual({ status: 200, mark, isOver: false })
    const waiting = yield* Effect.forkChild(get(`${path}?after=${mark}&waitMs=20000`), { startImmediately: true })
    yield* client.signal("r", next, day(2))
    const second = yield* Fiber.join(waiting)
    expect(second).toMatchObject({ status: 200, value: { count: 2 } })
    yield* client.wait(counts, "r")
    // It has ended: nothing more comes.
    expect(yield* get(`${path}?after=${second.mark}&waitMs=20000`)).toEqual({
      status: 200,
      mark: second.mark,
      isOver: true
    })
  })
)

live("says what is wrong", () =>
  Effect.gen(function* () {
    const { client, get, getAny } = yield* setUp
    yield* client.start(counts, { runId: "r", input: 1 })
    expect(yield* get("/runs/nobody/states/since")).toMatchObject({ status: 404, error: "RunNotFound" })
    expect(yield* get("/runs/r/states/other")).toMatchObject({
      status: 404,
      error: "StateUnknown",
      message: "there is no state other; there are since"
    })
    expect(yield* getAny("/runs/r/states/no name")).toMatchObject({ status: 404, error: "StateUnknown" })
    for (const query of ["waitMs=-1", "waitMs=99999", "waitMs=soon", "after=x&wait=1"])
      expect(yield* get(`/runs/r/states/since?${query}`)).toMatchObject({ status: 400, error: "BadRequest" })
  })
)
