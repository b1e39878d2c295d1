import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine } from "./engine.ts"

/** Waits for what no replay can repeat, and is parked for that. */
const awaits = defineWorkflow("awaits", {
  input: Schema.Void,
  output: Schema.Null,
  run: () => Effect.promise(async () => null)
})

live("a pass of the sweeper that somebody asks for tries each parked run, however lately it was tried", () =>
  Effect.gen(function* () {
    const { client, host, table } = yield* openEngine({ workflows: [awaits] })
    for (const runId of ["a", "b"]) {
      yield* client.start(awaits, { runId, input: undefined })
      yield* eventually(
        "parked",
        Effect.map(table.readHead(runId), (head) => head?.status === "parked")
      )
    }
    for (let pass = 0; pass < 3; pass++) expect(yield* host.sweep).toMatchObject({ retried: 2, failed: 0 })
  })
)
