import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { makeApiClient } from "../../src/http/client/httpClient.ts"
import { whyRun } from "../../src/inspection.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { served } from "../http/served.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"
import { faulty } from "../streams/faults.ts"
import { holding, job, release } from "./parts.ts"

onEachStore("limits, seen from outside,", (newStore) => {
  live("tell who holds places, who waits, and where in line", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [holding] })
      const { client } = engine
      for (const runId of ["first", "second", "third"]) {
        yield* client.start(holding, { runId, input: job(runId) })
        yield* waitsFor(client, runId, runId === "first" ? "signal" : "limit")
      }
      const third = yield* eventually(
        "the third is told its place",
        Effect.map(
          client.get("third"),
          ({ waitingFor: [wait] }) => wait?.kind === "limit" && wait.position === 2 && wait
        )
      )
      expect(third).toEqual({
        kind: "limit",
        place: "one/acct_1",
        runId: "dynactor.limit/one/acct_1",
        number: 0,
        position: 2,
        queued: 2,
        held: 1
      })
      const why = yield* Effect.provide(whyRun("third"), engine.services)
      expect(why.waits).toMatchObject([
        {
          cause: "limit",
          sentence: "It waits for a place of limit one/acct_1, 2nd of 2. 1 is held.",
          todo: expect.stringContaining("dynactor limits get one/acct_1")
        }
      ])
      const shown = yield* client.limits.get("one", "acct_1")
      expect(shown).toMatchObject({
        place: "one/acct_1",
        limit: "one",
        runId: "dynactor.limit/one/acct_1",
        status: "active",
        spec: { concurrency: 1, rate: null },
        held: 1,
        queued: 2,
        total: 1,
        holders: ["first"]
      })
      expect(Date.now() - (shown.waitingSince?.getTime() ?? 0)).toBeLessThan(60_000)
      expect(yield* client.limits.at("one/acct_1")).toEqual(shown)
      const listed = yield* eventually(
        "it is listed",
        Effect.map(client.limits.list({ prefix: "one/" }), ({ limits }) => limits.length === 1 && limits)
      )
      expect(listed).toEqual([shown])
      expect((yield* client.limits.list({ prefix: "other/" })).limits).toEqual([])
      expect((yield* Effect.flip(client.limits.get("one", "nobody")))._tag).toBe("RunNotFound")
      const { url } = yield* served(engine, { workflows: [holding] })
      const api = yield* makeApiClient({ url })
      const { waitingSince, ...same } = shown
      expect(yield* api.limits.limit({ params: { id: "one/acct_1" } })).toEqual({
        ...same,
        waitingSince: waitingSince?.getTime()
      })
      expect((yield* api.limits.limits({ query: { limit: 5 } })).limits.map(({ place }) => place)).toEqual([
        "one/acct_1"
      ])
      for (const runId of ["first", "second", "third"]) {
        yield* waitsFor(client, runId, "signal")
        yield* client.signal(runId, release, null)
        yield* client.wait(holding, runId)
      }
      yield* eventually(
        "nobody holds a place any more",
        Effect.map(
          client.limits.get("one", "acct_1"),
          ({ held, queued, total }) => held === 0 && queued === 0 && total === 3
        )
      )
    })
  )
})

describe("the list of limits", () => {
  live("fails while the store does not answer, and does not say that there are none", () =>
    Effect.gen(function* () {
      let isAway = false
      const faults = { isAway: (operation: string) => isAway && operation === "RunTable.readHead", tried: new Map() }
      const { client } = yield* openEngine({ workflows: [holding], filename: yield* tempFile, wrap: faulty(faults) })
      yield* client.start(holding, { runId: "first", input: job("first") })
      yield* waitsFor(client, "first", "signal")
      isAway = true
      expect((yield* Effect.flip(client.limits.list()))._tag).toBe("StoreUnavailable")
      isAway = false
      expect((yield* client.limits.list()).limits).toMatchObject([{ place: "one/acct_1", holders: ["first"] }])
    })
  )
})
