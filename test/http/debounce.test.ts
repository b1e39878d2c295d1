import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { makeWebHandler } from "../../src/http.ts"
import { makeApiClient } from "../../src/httpClient.ts"
import { defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"

const report = defineWorkflow("report", { input: Schema.String, output: Schema.String, run: Effect.succeed })

onEachStore("a start by debounce over HTTP", (newStore) => {
  live("begins no later than its maxDelay, whatever takes its place, and is refused one that cannot be", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const handle = yield* Effect.provideContext(makeWebHandler({ workflows: [report] }), engine.services)
      const api = yield* makeApiClient({
        url: "http://localhost",
        fetch: (input, init) => handle(new Request(input, init))
      })
      const start = (runId: string, delay: string, more: object = {}) =>
        api.runs.start({
          params: { name: "report" },
          payload: { runId, input: delay, policy: "debounce", delay, ...more }
        })
      const begins = (runId: string, generation: number) =>
        eventually(
          `generation ${generation} of run ${runId} waits for its time`,
          Effect.map(Effect.option(engine.client.get(runId)), (found) => {
            if (found._tag === "None" || found.value.generation !== generation) return undefined
            const timer = found.value.waitingFor.find(({ kind }) => kind === "timer")
            return timer?.kind === "timer" && timer.due.getTime()
          })
        )
      yield* start("bound", "1 hour", { maxDelay: "1 hour" })
      const latest = yield* begins("bound", 0)
      yield* start("bound", "2 hours", { maxDelay: "3 hours" })
      expect(yield* begins("bound", 1)).toBe(latest)
      // Where nothing is said it is ten times the delay.
      yield* start("free", "1 hour")
      const first = yield* begins("free", 0)
      yield* start("free", "2 hours")
      expect(yield* begins("free", 1)).toBeGreaterThan(first)
      for (const wrong of [
        { maxDelay: "soon" },
        { maxDelay: "1 minute" },
        { policy: "afterFinish", maxDelay: "2 hours" }
      ]) {
        const refused = yield* Effect.flip(start("wrong", "1 hour", wrong))
        expect(refused).toMatchObject({ _tag: "StartInvalid", message: expect.stringContaining("maxDelay") })
      }
      expect(yield* Effect.flip(engine.client.get("wrong"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )
})
