import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine } from "./engine.ts"

const go = defineSignal("go", Schema.String)
const waits = defineWorkflow("waits", { input: Schema.Null, output: Schema.String, run: () => go.receive })

const runs = Array.from({ length: 400 }, (_, i) => `r${i}`)

describe("a sweep of many quiet runs in a store that answers at once", () => {
  live("lets all else in the process go on between its looks", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ workflows: [waits], quiet: 1, sweepInterval: "1 hour" })
      yield* Effect.forEach(runs, (runId) => engine.client.start(waits, { runId, input: null }), { concurrency: 50 })
      const waiting = Effect.map(engine.client.list({ status: "running", limit: 1_000 }), ({ runs }) => runs.length)
      yield* eventually(
        "all runs wait",
        Effect.map(waiting, (count) => count === runs.length)
      )
      yield* Effect.sleep(5)
      let rounds = 0
      let isSwept = false
      const count = () => {
        rounds++
        if (!isSwept) setImmediate(count)
      }
      setImmediate(count)
      const { scanned } = yield* engine.host.sweep
      isSwept = true
      expect(scanned).toBe(runs.length)
      // Eight runs are looked at side by side.
      expect(rounds).toBeGreaterThanOrEqual(runs.length / 8)
    })
  )
})
