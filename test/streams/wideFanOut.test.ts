import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { live, openEngine } from "./engine.ts"

const echo = defineStep("echo", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n) })
const fan = defineWorkflow("fan", {
  input: Schema.Struct({ width: Schema.Number, concurrency: Schema.Number }),
  output: Schema.Number,
  run: ({ concurrency, width }) =>
    Effect.map(
      Effect.forEach(
        Array.from({ length: width }, (_, n) => n),
        (n) => echo(n, { key: String(n).padStart(110, "k") }),
        { concurrency }
      ),
      (all) => all.length
    )
})

describe("a fan-out of long keys", () => {
  live("with more open commands than a head can hold is parked, and told what to do", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [fan], steps: [echo] })
      yield* client.start(fan, { runId: "r", input: { width: 3_000, concurrency: 3_000 } })
      const error = yield* Effect.flip(Effect.timeout(client.wait(fan, "r", { failWhenParked: true }), 2_500))
      expect(error).toMatchObject({ _tag: "RunParked", reason: { _tag: "HistoryTooLong" } })
      expect(error.message).toContain("3000 commands open at once")
      expect(error.message).toContain("bound the concurrency")
    })
  )

  live("of bounded concurrency is not", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [fan], steps: [echo] })
      const input = { width: 1_000, concurrency: 250 }
      expect(yield* client.execute(fan, { runId: "r", input })).toBe(1_000)
    })
  )
})
