import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

const go = defineSignal("go", Schema.Number)
const page = defineStep("page", {
  input: Schema.Number,
  output: Schema.Array(Schema.String),
  run: (n) => Effect.succeed(Array.from({ length: 20 }, (_, i) => `row ${i} of page ${n}`))
})

/** Touches nothing but its own: globals are slow where the ambient guard stands. */
const spin = (rounds: number): number => {
  let x = 1
  for (let i = 0; i < rounds; i++) x = (x * 75 + 74) % 65_537
  return x
}

/** Rounds of `spin` that take a millisecond here and now. */
const roundsPerMs = (): number => {
  spin(1e7)
  const startedAt = performance.now()
  spin(1e7)
  return 1e7 / (performance.now() - startedAt)
}

const steps = 3_000
const msPerStep = 0.3
/** Less than all of the history takes, and some twenty times what a hundred messages of it take. */
const turnLimitMs = 800

describe("a history that takes longer to replay than a turn may", () => {
  live("is rebuilt: the limit is not one for its length", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      // Only the time that the code takes differs between the hosts.
      const cost = { rounds: 0 }
      let spun = 0
      const pages = defineWorkflow("pages", {
        input: Schema.Number,
        output: Schema.Number,
        run: Effect.fn(function* (length: number) {
          const numbers = Array.from({ length }, (_, n) => n)
          const read = (n: number) =>
            Effect.map(page(n), (rows) => {
              spun += spin(cost.rounds) === 0 ? 0 : 1
              return rows.length
            })
          const lengths = yield* Effect.forEach(numbers, read, { concurrency: 250 })
          return lengths.reduce((a, b) => a + b) + (yield* go.receive)
        })
      })
      const options = { filename, workflows: [pages], steps: [page] }
      const first = yield* openEngine(options)
      yield* first.client.start(pages, { runId: "r", input: steps })
      yield* eventually(
        "all pages are there",
        Effect.map(first.table.readHead("r"), (head) => head !== undefined && head.adopted === steps + 1)
      )
      yield* first.close
      cost.rounds = Math.round(roundsPerMs() * msPerStep)
      spun = 0
      const second = yield* openEngine({ ...options, turnLimitMs })
      yield* second.client.signal("r", go, 1)
      expect(yield* second.client.wait(pages, "r", { failWhenParked: true })).toBe(steps * 20 + 1)
      expect(spun).toBe(steps)
    })
  )

  live("is parked as before if some of it hangs", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const cost = { rounds: 0 }
      const hangs = defineWorkflow("hangs", {
        input: Schema.Void,
        output: Schema.Number,
        run: Effect.fn(function* () {
          const rows = yield* page(1)
          spin(cost.rounds)
          return rows.length + (yield* go.receive)
        })
      })
      const options = { filename, workflows: [hangs], steps: [page] }
      const first = yield* openEngine(options)
      yield* first.client.start(hangs, { runId: "r", input: undefined })
      yield* eventually(
        "the page is there",
        Effect.map(first.table.readHead("r"), (head) => head?.adopted === 2)
      )
      yield* first.close
      cost.rounds = Number.POSITIVE_INFINITY
      const second = yield* openEngine({ ...options, turnLimitMs: 50 })
      yield* second.client.signal("r", go, 1)
      const error = yield* Effect.flip(second.client.wait(hangs, "r", { failWhenParked: true }))
      expect(error).toMatchObject({ _tag: "RunParked", reason: { _tag: "DeterminismViolation" } })
    })
  )
})
