import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { unknownPauseMs } from "../../src/streams/steps/unknownStep.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

const weigh = defineStep("weigh", { input: Schema.Int, output: Schema.Int, run: (grams) => Effect.succeed(grams) })
const label = defineStep("label", { input: Schema.Int, output: Schema.Int, run: (grams) => Effect.succeed(grams) })
const packs = defineWorkflow("packs", { input: Schema.Int, output: Schema.Int, run: (grams) => weigh(grams) })

describe("a step that a host does not know", () => {
  live("is told in its log at once, once for each name, and is left to another host", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const without = yield* openEngine({ filename, workflows: [packs], steps: [label] })
      for (const runId of ["a", "b"]) yield* without.client.start(packs, { runId, input: 7 })
      const warnings = Effect.sync(() => without.logged.filter((line) => line.startsWith("Warn")))
      yield* eventually(
        "it is told",
        Effect.map(warnings, ({ length }) => length > 0)
      )
      const other = yield* openEngine({ filename, workflows: [packs], steps: [weigh, label] })
      for (const runId of ["a", "b"]) expect(yield* other.client.wait(packs, runId)).toBe(7)
      expect(yield* warnings).toEqual([
        expect.stringMatching(
          /^Warn no step weigh is registered with this host; it knows label: its messages go back to the queue, .*; one that has come 8 times fails its step\. The first was weigh#0 of run [ab]$/
        )
      ])
    })
  )

  it("is looked at again after pauses that grow, to ten minutes", () => {
    expect([1, 2, 7, 10, 11, 1_000].map(unknownPauseMs)).toEqual([1_000, 2_000, 64_000, 512_000, 600_000, 600_000])
  })
})
