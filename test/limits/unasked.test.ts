import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { askId, placeChannel, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { defineWorkflow } from "../../src/index.ts"
import { askLimiter } from "../../src/store/limits/askLimiter.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"
import { holding, Job, job, one, release } from "./parts.ts"

const waiting = defineWorkflow("waiting", { input: Job, output: Job, run: (job) => Effect.as(release.receive, job) })

onEachStore("limits", (newStore) => {
  live("a place that only a lost turn has asked for is given back at the end of its run", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client, services, table } = yield* open({ workflows: [waiting, holding] })
      const waits = (runId: string, kind: string) =>
        eventually(
          `${runId} waits for a ${kind}`,
          Effect.map(client.get(runId), ({ waitingFor }) => waitingFor.some((wait) => wait.kind === kind))
        )
      yield* client.start(waiting, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      const since = (yield* table.readHead("a"))?.since ?? 0
      const [limit, key] = [one.limitName, "acct_1"]
      const place = placeName(limit, key)
      // As a turn does that asks, and whose commit another is ahead of: the run then goes another way.
      const who = {
        id: askId("a", limit, "1"),
        run: "a",
        workflow: waiting.workflowName,
        since,
        scope: "step" as const,
        channel: placeChannel(place, "1"),
        priority: 0,
        at: Date.now()
      }
      expect(yield* Effect.provide(askLimiter({ limit, key, place, spec: one.spec, who }), services)).toBe(null)
      yield* eventually(
        "it is given",
        Effect.map(
          Effect.option(client.limits.get(limit, key)),
          (shown) => shown._tag === "Some" && shown.value.held === 1
        )
      )
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits("b", "limit")
      expect(yield* client.limits.get(limit, key)).toMatchObject({ holders: ["a"] })
      yield* client.signal("a", release, null)
      expect(yield* client.wait(waiting, "a")).toEqual(job("a"))
      yield* waits("b", "signal")
    })
  )
})
