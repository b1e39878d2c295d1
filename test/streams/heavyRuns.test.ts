import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { live, openEngine } from "./engine.ts"

const go = defineSignal("go", Schema.Null)
/** How often a body has begun, by its input's first character: once, and again with each replay. */
const begun = new Map<string, number>()

const holds = defineWorkflow("holds", {
  input: Schema.String,
  output: Schema.Number,
  run: Effect.fn(function* (input: string) {
    yield* Effect.sync(() => begun.set(input[0] ?? "", (begun.get(input[0] ?? "") ?? 0) + 1))
    yield* go.receive
    return input.length
  })
})

const names = ["a", "b", "c", "d", "e", "f"]

const timesBegun = Effect.fnUntraced(function* (warmCharacters: number) {
  begun.clear()
  const engine = yield* openEngine({ workflows: [holds], warmCharacters })
  const { client } = engine
  for (const runId of names) {
    yield* client.start(holds, { runId, input: runId.repeat(20_000) })
    while ((yield* client.get(runId)).status !== "running") yield* Effect.sleep(5)
  }
  for (const runId of names) {
    yield* client.signal(runId, go, null)
    expect(yield* client.wait(holds, runId)).toBe(20_000)
  }
  return names.map((name) => begun.get(name))
})

describe("runs that hold much of what they were handed", () => {
  live("are replayed where there is not room for all of them, and come to the same", () =>
    Effect.gen(function* () {
      expect(yield* timesBegun(50_000)).toEqual([2, 2, 2, 2, 1, 1])
    })
  )

  live("stay where there is room", () =>
    Effect.gen(function* () {
      expect(yield* timesBegun(1_000_000)).toEqual([1, 1, 1, 1, 1, 1])
    })
  )
})
