import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineStep, defineWorkflow } from "../../../src/index.ts"
import { live } from "../../streams/engine.ts"
import { onEachStore } from "../eachStore.ts"

/** One deployment: what it asks of its step, and how often it has run it. */
const deployment = (input: number) => {
  const ran: Array<number> = []
  const look = defineStep("look", {
    input: Schema.Number,
    output: Schema.Number,
    inline: true,
    run: (n) =>
      Effect.sync(() => {
        ran.push(n)
        return n * 10
      })
  })
  const looks = defineWorkflow("looks", { input: Schema.Void, output: Schema.Number, run: () => look(input) })
  return { looks, ran, definitions: { workflows: [looks], steps: [look] } }
}

onEachStore("A copy of a run that has set an outcome aside", (newStore) => {
  live("has that step's own answer, where its code asks for the input that nobody was told of", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const right = deployment(1)
      const before = yield* open(right.definitions)
      expect(yield* before.client.execute(right.looks, { runId: "other", input: undefined })).toBe(10)
      const { messages } = yield* before.table.readRun("other")
      yield* before.close
      // A turn of the same code has run the step for "r" as well, and was lost.
      const changed = deployment(2)
      const meanwhile = yield* open(changed.definitions)
      for (const row of messages) if (row.kind === "step") yield* meanwhile.table.put("r", row)
      expect(yield* meanwhile.client.execute(changed.looks, { runId: "r", input: undefined })).toBe(20)
      const kept = (yield* meanwhile.client.history("r")).map(({ key }) => key)
      expect(kept).toEqual(["start", "step/look#0", expect.stringMatching(/^step\/look#0@/)])
      yield* meanwhile.close
      // The change is taken back.
      const { client } = yield* open(right.definitions)
      yield* client.fork(right.looks, "r", { at: 2, runId: "f" })
      expect(yield* client.wait(right.looks, "f")).toBe(10)
      expect(right.ran).toEqual([1, 1])
      // What it has in place of that outcome can be copied again.
      yield* client.fork(right.looks, "f", { at: 2, runId: "g" })
      expect(yield* client.wait(right.looks, "g")).toBe(10)
      expect(right.ran).toEqual([1, 1, 1])
    })
  )
})
