import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { makeApiClient } from "../../src/httpClient.ts"
import { go, openShop } from "../client/repairs/shop.ts"
import { live, openEngine } from "../streams/engine.ts"
import { served } from "./served.ts"

/** A run that has failed at its second step, and the API over it. */
const failed = Effect.gen(function* () {
  const { broken, of, order, steps } = openShop()
  const definitions = { workflows: [order], steps }
  const engine = yield* openEngine(definitions)
  const { url } = yield* served(engine, definitions)
  const { client } = engine
  broken.add("charge")
  yield* client.start(order, { runId: "r", input: "book" })
  yield* client.signal("r", go, "pay")
  yield* Effect.flip(client.wait(order, "r"))
  return { api: yield* makeApiClient({ url }), broken, client, definitions, engine, of, order }
})

live("retry over HTTP says what it would do, does it by the code of the deployment, and once", () =>
  Effect.gen(function* () {
    const { api, broken, client, of, order } = yield* failed
    const params = { id: "r" }
    const plan = yield* api.runs.retry({ params, payload: { dryRun: true } })
    expect(plan).toMatchObject({ how: "retry", isNew: false, at: 3, dropped: ["step/charge#0"], again: [] })
    expect(yield* client.get("r")).toMatchObject({ status: "failed", generation: 0 })
    broken.clear()
    const payload = { reason: "paid", requestId: "once" }
    expect(yield* api.runs.retry({ params, payload })).toMatchObject({ isNew: true, generation: 1, requestId: "once" })
    const ended = yield* api.runs.wait({ params, query: { requestId: "once", waitMs: 20_000 } })
    expect(ended).toMatchObject({ outcome: "succeeded" })
    expect(yield* api.runs.retry({ params, payload })).toMatchObject({ isNew: false, generation: 1 })
    expect(of("reserve")).toHaveLength(1)
    expect(yield* client.wait(order, "r")).toContain("charge of pay for r")
    expect(yield* Effect.flip(api.runs.retry({ params, payload: {} }))).toMatchObject({
      _tag: "RepairRefused",
      status: 409
    })
  })
)

live("reset and fork over HTTP go on from a message, on Lambda as well", () =>
  Effect.gen(function* () {
    const { api, broken, client, definitions, engine, order } = yield* failed
    broken.clear()
    const forked = yield* api.runs.fork({
      params: { id: "r" },
      payload: { at: 3, runId: "f", outcomes: { "step/reserve#0": { succeeded: "by hand" } } }
    })
    expect(forked).toMatchObject({ how: "fork", runId: "f", isNew: true })
    expect((yield* client.wait(order, "f"))[0]).toBe("by hand")
    const handler = makeApiHandler({ ...definitions, store: Layer.succeedContext(engine.services) })
    const answered = yield* Effect.promise(() =>
      handler({
        rawPath: "/runs/r/reset",
        body: JSON.stringify({ at: 2, requestId: "x" }),
        requestContext: { http: { method: "POST" } }
      })
    )
    expect(answered.statusCode).toBe(202)
    // The signal came later, and is handed over once more.
    expect(JSON.parse(answered.body)).toMatchObject({ how: "reset", generation: 1, at: 2, isNew: true })
    const ended = yield* api.runs.wait({ params: { id: "r" }, query: { requestId: "x", waitMs: 20_000 } })
    expect(ended).toMatchObject({ outcome: "succeeded" })
  })
)

live("a run whose code the deployment does not have is refused, and nothing is written", () =>
  Effect.gen(function* () {
    const { client, engine } = yield* failed
    const { ask } = yield* served(engine, { workflows: [] })
    expect(yield* ask("POST", "/runs/r/retry", {})).toMatchObject({ status: 404, body: { error: "WorkflowUnknown" } })
    expect((yield* client.history("r")).map(({ key }) => key)).not.toContainEqual(expect.stringMatching(/^repair/))
  })
)
