import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { live, openEngine } from "../streams/engine.ts"
import { definitions } from "./everything.ts"
import { served } from "./served.ts"

live("both shells hand on the trace of whoever has sent a request", () =>
  Effect.gen(function* () {
    const engine = yield* openEngine(definitions)
    const { ask } = yield* served(engine, definitions)
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    const path = "/workflows/everything/runs"
    yield* ask("POST", path, { runId: "plain", input: 1 }, { traceparent })
    const handler = makeApiHandler({ ...definitions, store: Layer.succeedContext(engine.services) })
    yield* Effect.promise(() =>
      handler({
        rawPath: path,
        headers: { traceparent },
        requestContext: { http: { method: "POST" } },
        body: JSON.stringify({ runId: "function", input: 1 })
      })
    )
    for (const runId of ["plain", "function"]) {
      const row: any = yield* engine.table.readMessage(runId, "start")
      expect([runId, row?.trace]).toEqual([runId, traceparent])
    }
  })
)
