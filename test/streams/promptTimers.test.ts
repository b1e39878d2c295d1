import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine } from "./engine.ts"

const endless = defineStep("endless", { input: Schema.Void, output: Schema.Void, run: () => Effect.never })

const holds = defineWorkflow("holds", { input: Schema.Void, output: Schema.Void, run: () => endless(undefined) })
const limited = defineWorkflow("limited", {
  input: Schema.Void,
  output: Schema.String,
  run: () =>
    endless(undefined).pipe(
      Effect.as("step"),
      Effect.timeoutOrElse({ duration: 300, orElse: () => Effect.succeed("timed out") })
    )
})
const sleeps = defineWorkflow("sleeps", {
  input: Schema.Number,
  output: Schema.String,
  run: (ms) => Effect.as(Effect.sleep(ms), "awake")
})

describe("timers, with all places taken by long steps", () => {
  live("fire: of a timeout around such a step, and of another run's sleep", () =>
    Effect.gen(function* () {
      const { client, host } = yield* openEngine({
        workflows: [holds, limited, sleeps],
        steps: [endless],
        stepConcurrency: 2,
        grace: 1
      })
      yield* client.start(holds, { runId: "holds", input: undefined })
      yield* client.start(limited, { runId: "limited", input: undefined })
      yield* eventually(
        "both places are taken",
        Effect.sync(() => host.stepsUnderWay() === 2)
      )
      yield* client.start(sleeps, { runId: "sleeps", input: 20 })
      expect(yield* Effect.timeout(client.wait(sleeps, "sleeps"), 2_000)).toBe("awake")
      expect(yield* Effect.timeout(client.wait(limited, "limited"), 2_000)).toBe("timed out")
      expect((yield* client.get("holds")).status).toBe("running")
    })
  )

  live("fire beside a backlog of steps", () =>
    Effect.gen(function* () {
      const { client, host } = yield* openEngine({
        workflows: [holds, sleeps],
        steps: [endless],
        stepConcurrency: 2,
        grace: 1
      })
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, n) => n),
        (n) => client.start(holds, { runId: `holds${n}`, input: undefined }),
        { concurrency: "unbounded", discard: true }
      )
      yield* eventually(
        "both places are taken",
        Effect.sync(() => host.stepsUnderWay() === 2)
      )
      expect(yield* Effect.timeout(client.execute(sleeps, { runId: "sleeps", input: 20 }), 2_000)).toBe("awake")
    })
  )
})
