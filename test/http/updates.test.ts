import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { AnyUpdate } from "../../src/actor/definitions/definition.ts"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { defineSignal, defineUpdate, defineWorkflow } from "../../src/index.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"

class Full extends Schema.TaggedError<Full>()("Full", { since: Schema.Date }) {}

const book = defineUpdate("book", {
  input: Schema.Struct({ seats: Schema.Int }),
  output: Schema.Struct({ at: Schema.Date, seats: Schema.Int }),
  error: Full
})
const wait = defineUpdate("wait", { input: Schema.Null, output: Schema.String })
const go = defineSignal("go", Schema.String)
const close = defineSignal("close", Schema.Null)
const day = new Date(Date.UTC(2026, 0, 1))

const books = defineWorkflow("books", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    yield* book.handle(({ seats }) =>
      seats > 9 ? Effect.fail(new Full({ since: day })) : Effect.succeed({ at: day, seats })
    )
    yield* wait.handle(() => go.receive)
    yield* close.receive
    return null
  })
})

/** A host, and the API over the same file. */
const setUp = Effect.gen(function* () {
  const filename = yield* tempFile
  const { client } = yield* openEngine({ filename, workflows: [books] })
  const asked = (updates: ReadonlyArray<AnyUpdate> | undefined) => {
    const api = makeApiHandler({ workflows: [books], signals: undefined, updates, store: sqliteStore({ filename }) })
    return (path: string, body: unknown) =>
      Effect.promise(async () => {
        const { statusCode, body: text } = await api({
          rawPath: path,
          requestContext: { stage: "$default", http: { method: "POST" } },
          body: JSON.stringify(body)
        })
        return { status: statusCode, ...JSON.parse(text) }
      })
  }
  yield* client.start(books, { runId: "a/b", input: null })
  return { client, post: asked([book, wait]), postAny: asked(undefined) }
})

live("POST /runs/{id}/updates/{name} answers with the answer, or the update's own error", () =>
  Effect.gen(function* () {
    const { post, postAny } = yield* setUp
    const path = "/runs/a/b/updates/book"
    const answer = { status: 200, id: "1", output: { at: day.toISOString(), seats: 2 } }
    expect(yield* post(path, { input: { seats: 2 }, id: "1" })).toEqual(answer)
    expect(yield* postAny(path, { input: { seats: 2 }, id: "1" })).toEqual(answer)
    expect(yield* post(path, { input: { seats: 10 } })).toMatchObject({
      status: 422,
      error: "UpdateRejected",
      id: expect.any(String),
      failure: { _tag: "Full", since: day.toISOString() }
    })
  })
)

live("without an answer in time it says so, and the same is asked again", () =>
  Effect.gen(function* () {
    const { client, post } = yield* setUp
    const path = "/runs/a/b/updates/wait"
    expect(yield* post(path, { id: "1", waitMs: 0 })).toEqual({ status: 202, id: "1", isPending: true })
    const waiting = yield* Effect.forkChild(post(path, { id: "1", waitMs: 20_000 }), { startImmediately: true })
    yield* eventually(
      "the handler waits",
      Effect.map(client.get("a/b"), ({ waitingFor }) =>
        waitingFor.some((one) => one.kind === "signal" && one.name === "go")
      )
    )
    yield* client.signal("a/b", go, "now")
    expect(yield* Fiber.join(waiting)).toEqual({ status: 200, id: "1", output: "now" })
  })
)

live("says what is wrong", () =>
  Effect.gen(function* () {
    const { client, post, postAny } = yield* setUp
    const cases = [
      ["/runs/nobody/updates/book", { input: { seats: 1 } }, 404, "RunNotFound"],
      ["/runs/a/b/updates/other", {}, 404, "UpdateUnknown"],
      ["/runs/a/b/updates/book", { input: { seats: "two" } }, 400, "UpdateInvalid"],
      ["/runs/a/b/updates/book", { input: { seats: 1 }, id: "no id" }, 400, "UpdateInvalid"],
      ["/runs/a/b/updates/book", { input: { seats: 1 }, waitMs: 20_001 }, 400, "BadRequest"],
      ["/runs/a/b/updates/book", { payload: { seats: 1 } }, 400, "BadRequest"]
    ] as const
    for (const [path, body, status, error] of cases) expect(yield* post(path, body)).toMatchObject({ status, error })
    expect(yield* postAny("/runs/a/b/updates/no name", {})).toMatchObject({ status: 404, error: "UpdateUnknown" })
    expect(yield* postAny("/runs/a/b/updates/other", {})).toMatchObject({ status: 409, error: "UpdateFailed" })
    // The run checks what the API did not.
    expect(yield* postAny("/runs/a/b/updates/book", { input: "two" })).toMatchObject({
      status: 409,
      error: "UpdateFailed"
    })
    expect(yield* post("/runs/a/b/updates/book", { input: { seats: 1 }, id: "1" })).toMatchObject({ status: 200 })
    expect(yield* post("/runs/a/b/updates/book", { input: { seats: 2 }, id: "1" })).toMatchObject({
      status: 409,
      error: "UpdateConflict"
    })
    yield* client.signal("a/b", close, null)
    yield* client.wait(books, "a/b")
    expect(yield* post("/runs/a/b/updates/book", { input: { seats: 1 } })).toMatchObject({
      status: 409,
      error: "RunFinished"
    })
  })
)
