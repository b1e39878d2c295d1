import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { newApiKey, type ServeApiOptions } from "../../src/http.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { eventually, openEngine, tempFile } from "../streams/engine.ts"
import { definitions, everything } from "./everything.ts"
import { served } from "./served.ts"

const keyed = () => {
  const [one, two] = [newApiKey(), newApiKey()]
  return {
    authentication: {
      keys: [
        { name: "one", hash: one.hash },
        { name: "two", hash: two.hash }
      ]
    },
    one: { authorization: `Bearer ${one.key}` },
    two: { authorization: `Bearer ${two.key}` }
  }
}

const serve = (options: Partial<ServeApiOptions>) =>
  Effect.flatMap(openEngine(definitions), (engine) => served(engine, { ...definitions, ...options }))

describe("the rate of a caller", () => {
  it.live("is no other tenant's, whatever callers are called there", () =>
    Effect.gen(function* () {
      const one = yield* openEngine({ ...definitions, filename: yield* tempFile })
      const { ask } = yield* served(one, {
        ...definitions,
        tenants: { names: ["red", "blue"], store: (() => sqliteStore({ filename: ":memory:" })) as never },
        authentication: { verify: async ({ headers }) => ({ tenant: headers.authorization ?? "", name: "ops" }) },
        limits: { callerRate: { requests: 1, perMs: 600_000 } }
      })
      const statusOf = (tenant: string) =>
        Effect.map(ask("GET", "/runs", undefined, { authorization: tenant }), ({ status }) => status)
      expect(yield* statusOf("red")).toBe(200)
      expect(yield* statusOf("red")).toBe(429)
      expect(yield* statusOf("blue")).toBe(200)
    })
  )

  it.live("is its own, and says when to ask again", () =>
    Effect.gen(function* () {
      const { authentication, one, two } = keyed()
      const limits = { callerRate: { requests: 3, perMs: 600_000 } }
      const { ask } = yield* serve({ authentication, limits })
      for (let count = 0; count < 3; count++) expect((yield* ask("GET", "/runs", undefined, one)).status).toBe(200)
      const answer = yield* ask("GET", "/runs", undefined, one)
      expect(answer).toMatchObject({
        status: 429,
        body: { error: "RateExceeded", message: expect.stringMatching(/^one asks/) }
      })
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(60)
      expect((yield* ask("GET", "/runs", undefined, two)).status).toBe(200)
    })
  )

  it.live("is that of all together where no key is needed, or none is good", () =>
    Effect.gen(function* () {
      const { authentication, one } = keyed()
      const { ask } = yield* serve({ authentication, limits: { openRate: { requests: 2, perMs: 600_000 } } })
      expect((yield* ask("POST", "/callbacks/none/complete")).status).toBe(403)
      expect((yield* ask("GET", "/runs")).status).toBe(401)
      expect((yield* ask("POST", "/callbacks/none/complete")).body).toMatchObject({ error: "RateExceeded" })
      expect((yield* ask("GET", "/runs")).status).toBe(429)
      expect((yield* ask("GET", "/runs", undefined, one)).status).toBe(200)
    })
  )
})

describe("requests that wait", () => {
  it.live("are so many at a time, and make room when they are answered or given up", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine(definitions)
      const { ask, url } = yield* served(engine, { ...definitions, limits: { mostWaitsOfCaller: 1 } })
      yield* engine.client.start(everything, { runId: "r", input: 1 })
      const abort = new AbortController()
      const events = yield* Effect.promise(() => fetch(`${url}/runs/r/streams/log/events`, { signal: abort.signal }))
      expect(events.status).toBe(200)
      expect(yield* ask("GET", "/runs/r/wait?waitMs=20000")).toMatchObject({
        status: 429,
        body: { error: "TooManyWaits" }
      })
      // One that does not wait is none of them.
      expect((yield* ask("GET", "/runs/r/wait?waitMs=0")).status).toBe(202)
      abort.abort()
      yield* Effect.promise(() => events.text().catch(() => undefined))
      const wait = yield* eventually(
        "room for another",
        Effect.map(ask("GET", "/runs/r/wait?waitMs=1"), ({ status }) => status === 202)
      )
      expect(wait).toBe(true)
    })
  )
})

describe("a request that the store does not answer", () => {
  it.live("is answered in time", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine(definitions)
      const silent = { ...engine.table, list: () => Effect.never }
      const services = Context.add(engine.services, RunTable, silent)
      const { ask } = yield* served({ ...engine, services }, { ...definitions, limits: { requestTimeoutMs: 50 } })
      const answer = yield* ask("GET", "/runs")
      expect(answer.status).toBe(503)
      expect(answer.headers.get("retry-after")).toBe("1")
    })
  )
})
