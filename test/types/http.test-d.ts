import * as Effect from "effect/Effect"
import type { HttpClientError } from "effect/http/HttpClientError"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type { RunDescription } from "../../src/client/describe.ts"
import type { Described } from "../../src/http/definition/answers.ts"
import { type ApiError, followEvents, type HttpApi, type UpdateRejected } from "../../src/httpClient.ts"
import type { RunPage } from "../../src/store/runTable.ts"

declare const api: HttpApi

describe("the client over HTTP", () => {
  it("takes what the endpoint takes, and nothing else", () => {
    api.runs.start({ params: { name: "sell" }, payload: { input: { order: "17" }, runId: "r" } })
    // @ts-expect-error the name of a workflow is missing
    api.runs.start({ payload: {} })
    // @ts-expect-error a field that there is not
    api.runs.start({ params: { name: "sell" }, payload: { runID: "r" } })
    // @ts-expect-error no number
    api.runs.wait({ params: { id: "r" }, query: { waitMs: "1" } })
    // @ts-expect-error no status of a run
    api.runs.list({ query: { status: "asleep" } })
  })

  it("gives what the client gives", () => {
    const got = api.runs.get({ params: { id: "r" }, query: {} })
    expectTypeOf<typeof Described.Type>().toEqualTypeOf<RunDescription>()
    expectTypeOf<Effect.Success<typeof got>>().toExtend<RunDescription>()
    const listed = api.runs.list({ query: {} })
    expectTypeOf<Effect.Success<typeof listed>>().toEqualTypeOf<RunPage>()
    expectTypeOf<Effect.Services<typeof got>>().toBeNever()
  })

  it("fails with the endpoint's errors, each by its tag", () => {
    const got = api.runs.get({ params: { id: "r" }, query: {} })
    expectTypeOf<ApiError<"RunNotFound"> | HttpClientError | Schema.SchemaError>().toExtend<Effect.Error<typeof got>>()
    expectTypeOf<ApiError<"RunConflict">>().not.toExtend<Effect.Error<typeof got>>()
    const caught = Effect.catchTag(got, "RunNotFound", ({ message, status }) => {
      expectTypeOf(message).toBeString()
      expectTypeOf(status).toBeNumber()
      return Effect.succeed(undefined)
    })
    expectTypeOf<ApiError<"RunNotFound">>().not.toExtend<Effect.Error<typeof caught>>()
    const updated = api.runs.update({ params: { id: "r", name: "add" }, payload: {} })
    expectTypeOf<UpdateRejected>().toExtend<Effect.Error<typeof updated>>()
    // @ts-expect-error no error of this endpoint
    Effect.catchTag(got, "RunConflict", () => Effect.void)
  })

  it("follows a stream, value by value", () => {
    const followed = followEvents(api, { runId: "r", name: "log" })
    expectTypeOf<Stream.Success<typeof followed>["event"]>().toEqualTypeOf<"value" | "superseded">()
    expectTypeOf<Stream.Services<typeof followed>>().toBeNever()
  })
})
