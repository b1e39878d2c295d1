import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { manyMessages } from "../../src/actor/history/head.ts"
import { defineSignal, defineStep, defineWorkflow, historyLength } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

const tick = defineStep("tick", { input: Schema.Int, output: Schema.Int, inline: true, run: async (n) => n })
const more = defineSignal("more", Schema.Int)

/** As many inline steps at a time as it is told to take: a message each. */
const grows = defineWorkflow("grows", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    for (;;) {
      const count = yield* more.receive
      if (count === 0) return null
      yield* Effect.forEach(Array.from({ length: count }), (_, n) => tick(n), {
        concurrency: "unbounded",
        discard: true
      })
      yield* historyLength
    }
  })
})

const counted = Effect.map(Metric.snapshot, (all) => {
  const found = all.find(
    ({ attributes, id }) => id === "dynactor_long_histories_total" && attributes?.workflow === "grows"
  )
  return found?.type === "Counter" ? Number(found.state.count) : 0
})

describe("A history that grows long", () => {
  live(
    "is told of at half of its limit, by log and metric, once a generation",
    () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        const definitions = { filename, workflows: [grows], steps: [tick] }
        const first = yield* openEngine(definitions)
        const before = yield* counted
        const lines = (engine: typeof first) => engine.entries.filter(({ text }) => text.includes("is long"))
        const adopted = (engine: typeof first, count: number) =>
          eventually(
            `${count} messages`,
            Effect.map(engine.table.readHead("r"), (head) => (head?.adopted ?? 0) >= count || undefined),
            180_000
          )
        yield* first.client.start(grows, { runId: "r", input: null })
        // The start and this signal are messages, too.
        yield* first.client.signal("r", more, manyMessages - 3)
        yield* adopted(first, manyMessages - 1)
        expect(lines(first)).toEqual([])
        expect(yield* counted).toBe(before)
        yield* first.client.signal("r", more, 1)
        yield* adopted(first, manyMessages + 1)
        const line = yield* eventually(
          "the line",
          Effect.sync(() => lines(first)[0])
        )
        expect(line).toMatchObject({ level: "Warn", annotations: { run: "r", workflow: "grows" } })
        expect(line.text).toContain("continueAsNew")
        expect(yield* counted).toBe(before + 1)
        yield* first.close
        const second = yield* openEngine(definitions)
        yield* second.client.signal("r", more, 10)
        yield* adopted(second, manyMessages + 12)
        yield* second.client.signal("r", more, 0)
        yield* second.client.wait(grows, "r")
        expect([lines(first).length, lines(second).length, (yield* counted) - before]).toEqual([1, 0, 1])
      }),
    240_000
  )
})
