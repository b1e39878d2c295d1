import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineStep, defineWorkflow, forEachStep } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const double = defineStep("double", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n * 2) })

const child = defineWorkflow("child", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n) })

/** Over three child runs, and one of its own. */
const spread = defineWorkflow("spread", {
  input: Schema.Array(Schema.Int),
  output: Schema.Int,
  retention: "50 millis",
  run: Effect.fn(function* (items: ReadonlyArray<number>) {
    const many = yield* forEachStep(items, double, { concurrency: 6, batch: 2 })
    yield* Effect.orDie((yield* child.start(1)).awaitOrFail)
    return many.succeeded
  })
})

const code = { workflows: [spread, child], steps: [double] }
const items = [1, 2, 3, 4, 5, 6]

onEachStore("deletion of runs that forEachStep has spread", (newStore) => {
  live("its child runs go with the run, with their rows, and those that it has started by name stay", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)(code)
      for (const runId of ["r", "r2"]) yield* client.execute(spread, { runId, input: items })
      const parts = (prefix: string) =>
        Effect.map(client.list({ prefix, workflow: "dynactor.each.double" }), ({ runs }) =>
          runs.map(({ runId }) => runId)
        )
      const ofR = yield* eventually(
        "the listing has all three",
        Effect.map(parts("r:"), (found) => (found.length === 3 ? found : undefined))
      )
      expect(yield* client.delete("r")).toMatchObject({ isErased: true })
      for (const runId of ofR) {
        expect(yield* Effect.flip(client.get(runId))).toMatchObject({
          _tag: "RunNotFound",
          deletedAt: expect.any(Number)
        })
        expect((yield* table.readRun(runId)).messages).toMatchObject([{ kind: "deleted" }])
      }
      expect((yield* client.list({ prefix: "r:", workflow: "child" })).runs).toHaveLength(1)
      expect(yield* parts("r2:")).toHaveLength(3)
    })
  )

  live("so do they when it is purged, and their ids are free with its own", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* (yield* newStore)(code)
      yield* client.execute(spread, { runId: "r", input: items })
      yield* eventually(
        "it is old, and listed",
        Effect.map(host.purge(), (result) => (result?.deleted === 1 ? result : undefined))
      )
      const listed = yield* client.list({ prefix: "r:", workflow: "dynactor.each.double" })
      expect(listed.runs).toEqual([])
      yield* client.execute(spread, { runId: "anna", input: items })
      const part = "anna:dynactor.each.double#1"
      expect((yield* client.get(part)).workflow).toBe("dynactor.each.double")
      yield* client.delete("anna", { tombstone: "none" })
      expect((yield* table.readRun(part)).messages).toEqual([])
      expect(yield* table.readHead(part)).toBeUndefined()
    })
  )
})
