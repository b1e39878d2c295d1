import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { makeApiClient } from "../../src/httpClient.ts"
import { onEachStore } from "../client/eachStore.ts"
import { go, openShop } from "../client/repairs/shop.ts"
import { eventually, live } from "../streams/engine.ts"
import { served } from "./served.ts"

onEachStore("many runs over HTTP", (newStore) => {
  const open = Effect.gen(function* () {
    const shop = openShop()
    const definitions = { workflows: [shop.order], steps: shop.steps }
    const engine = yield* (yield* newStore)(definitions)
    const { ask, url } = yield* served(engine, definitions)
    const api = yield* makeApiClient({ url })
    const { client } = engine
    const start = (runIds: ReadonlyArray<string>) =>
      Effect.forEach(runIds, (runId) => client.start(shop.order, { runId, input: "book", tags: { shop: "north" } }), {
        discard: true
      })
    const isListed = (count: number, status: "running" | "failed" | "cancelled" | "succeeded" | "paused") =>
      eventually(
        `${count} are ${status}`,
        Effect.map(client.list({ workflow: "order", status }), ({ runs }) => runs.length === count)
      )
    return { api, ask, client, definitions, engine, isListed, shop, start }
  })

  live("are acted on by a filter, a part with each request, and none that the filter does not find", () =>
    Effect.gen(function* () {
      const { api, client, isListed, start } = yield* open
      const all = ["a-1", "a-2", "a-3", "a-4", "a-5", "b-1"]
      yield* start(all)
      yield* isListed(6, "running")
      const where = { workflow: "order", tags: { shop: "north" }, prefix: "a-" }
      const plan = yield* api.runs.many({ payload: { act: "cancel", where, dryRun: true } })
      expect(plan).toMatchObject({ done: 0, failed: [], dryRun: true })
      expect([...plan.runIds].sort()).toEqual(all.slice(0, 5))
      expect(plan).not.toHaveProperty("cursor")
      const seen: Array<string> = []
      let cursor: string | undefined
      let requests = 0
      do {
        const payload = {
          act: "cancel",
          where,
          limit: 2,
          reason: "closed",
          ...(cursor === undefined ? {} : { cursor })
        }
        const answer = yield* api.runs.many({ payload: { ...payload, act: "cancel" } })
        expect(answer.runIds.length).toBeLessThanOrEqual(2)
        expect(answer).toMatchObject({ done: answer.runIds.length, failed: [] })
        seen.push(...answer.runIds)
        cursor = answer.cursor
        requests++
      } while (cursor !== undefined)
      expect([...seen].sort()).toEqual(all.slice(0, 5))
      expect(requests).toBeGreaterThanOrEqual(3)
      yield* isListed(5, "cancelled")
      yield* isListed(1, "running")
      expect(yield* client.get("b-1")).toMatchObject({ status: "running" })
      // What is done is not found again.
      expect(yield* api.runs.many({ payload: { act: "cancel", where } })).toEqual({ runIds: [], done: 0, failed: [] })
      const deleted = yield* api.runs.many({ payload: { act: "delete", where: { ...where, status: "cancelled" } } })
      // On AWS one that has just ended may have something under way: it is told of, and holds up no other.
      expect(deleted.done + deleted.failed.length).toBe(5)
      expect(deleted.failed.filter(({ error }) => error !== "RunNotEnded")).toEqual([])
    })
  )

  live("are retried with a plan first; one that cannot be holds up no other", () =>
    Effect.gen(function* () {
      const { api, client, isListed, shop, start } = yield* open
      shop.broken.add("charge")
      yield* start(["r-1", "r-2"])
      for (const runId of ["r-1", "r-2"]) {
        yield* client.signal(runId, go, "pay")
        yield* Effect.flip(client.wait(shop.order, runId))
      }
      yield* isListed(2, "failed")
      const where = { workflow: "order" }
      const plan = yield* api.runs.many({ payload: { act: "retry", where, dryRun: true } })
      expect(plan).toMatchObject({ done: 0, dryRun: true })
      expect(plan.plans?.map(({ runId, dropped }) => [runId, dropped]).sort()).toEqual([
        ["r-1", ["step/charge#0"]],
        ["r-2", ["step/charge#0"]]
      ])
      expect(yield* client.get("r-1")).toMatchObject({ status: "failed", generation: 0 })
      shop.broken.clear()
      const retried = yield* api.runs.many({ payload: { act: "retry", where, requestId: "friday" } })
      expect(retried).toMatchObject({ done: 2, failed: [] })
      for (const runId of ["r-1", "r-2"])
        expect(yield* client.wait(shop.order, runId, { requestId: "friday" })).toContain(`charge of pay for ${runId}`)
      expect(shop.of("reserve")).toHaveLength(2)
      yield* isListed(2, "succeeded")
      yield* start(["r-3"])
      yield* isListed(1, "running")
      const payload = {
        act: "reset",
        where: { workflow: "order", status: "any" },
        requestId: "x",
        at: "step/charge#0"
      } as const
      const reset = yield* api.runs.many({ payload })
      expect(reset.done).toBe(2)
      expect(reset.failed).toEqual([
        { runId: "r-3", error: "RepairRefused", message: expect.stringContaining("step/charge#0") }
      ])
      for (const runId of ["r-1", "r-2"]) yield* client.wait(shop.order, runId, { requestId: "x" })
      // The same request again is the same one.
      expect((yield* api.runs.many({ payload })).done).toBe(2)
      expect(shop.of("charge").filter(({ input }) => input === "pay for r-1")).toHaveLength(3)
    })
  )

  live("are paused and go on; the function on Lambda answers as a plain process does", () =>
    Effect.gen(function* () {
      const { ask, client, definitions, engine, isListed, start } = yield* open
      yield* start(["p-1", "p-2"])
      yield* isListed(2, "running")
      const handler = makeApiHandler({ ...definitions, store: Layer.succeedContext(engine.services) })
      const invoke = (body: object) =>
        Effect.promise(async () => {
          const requestContext = { http: { method: "POST" } }
          const answered = await handler({ rawPath: "/many", body: JSON.stringify(body), requestContext })
          return { status: answered.statusCode, body: JSON.parse(answered.body) }
        })
      const where = { prefix: "p-" }
      const pause = { act: "pause", where, reason: "stocktaking", id: "p" }
      expect(yield* invoke(pause)).toMatchObject({ status: 200, body: { done: 2, failed: [] } })
      yield* isListed(2, "paused")
      expect(yield* client.get("p-1")).toMatchObject({ paused: { reason: "stocktaking" } })
      const young = { act: "resume", where: { ...where, idleFor: "1 hour" } }
      for (const answer of [yield* invoke(young), yield* ask("POST", "/many", young)])
        expect(answer).toMatchObject({ status: 200, body: { runIds: [], done: 0 } })
      expect(yield* ask("POST", "/many", { act: "resume", where })).toMatchObject({ status: 200, body: { done: 2 } })
      yield* isListed(2, "running")
      for (const [wrong, error] of [
        [{ act: "cancel", where: {} }, "BadRequest"],
        [{ act: "cancel", where: { tags: {} } }, "BadRequest"],
        [{ act: "cancel", where: { prefix: "" } }, "BadRequest"],
        [{ act: "cancel" }, "BadRequest"],
        [{ act: "explode", where }, "BadRequest"],
        [{ act: "cancel", where, limit: 201 }, "BadRequest"],
        [{ act: "cancel", where, at: "start" }, "BadRequest"],
        [{ act: "reset", where, at: "step/charge#0" }, "BadRequest"],
        [{ act: "reset", where, at: 4, requestId: "x" }, "BadRequest"],
        [{ act: "delete", where, tombstone: "soon" }, "BadRequest"],
        [{ act: "cancel", where: { ...where, idleFor: "long" } }, "BadRequest"],
        [{ act: "cancel", where: { ...where, since: "yesterday" } }, "BadRequest"],
        [{ act: "cancel", where: { ...where, tags: { "a b": "c" } } }, "TagsInvalid"],
        [{ act: "cancel", where, cursor: "none" }, "CursorInvalid"]
      ] as const)
        for (const answer of [yield* invoke(wrong), yield* ask("POST", "/many", wrong)])
          expect({ wrong, status: answer.status, error: answer.body.error }).toEqual({ wrong, status: 400, error })
      expect(yield* client.get("p-1")).toMatchObject({ status: "running" })
    })
  )
})
