import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile, withSql } from "./engine.ts"

const sleeps = defineWorkflow("sleeps", {
  input: Schema.Number,
  output: Schema.String,
  run: (ms) => Effect.as(Effect.sleep(ms), "awake")
})

describe("a timer row that is put ahead of its due time, as a scheduler with whole minutes does", () => {
  live("fires when it is due on a warm run, without the sweeper", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client, table } = yield* openEngine({ filename, workflows: [sleeps], sweepInterval: "1 hour" })
      yield* client.start(sleeps, { runId: "r", input: 700 })
      const timer = yield* eventually(
        "it sleeps",
        Effect.map(table.readHead("r"), (head) => head?.open.find(({ kind }) => kind === "timer"))
      )
      const due = Number(timer.fingerprint)
      // Only the row is left to wake the run.
      yield* withSql(filename, (sql) => sql.exec("delete from queue"))
      expect(Date.now()).toBeLessThan(due)
      yield* table.put("r", { kind: "timer", at: Date.now(), key: timer.key, due })
      expect(yield* Effect.timeout(client.wait(sleeps, "r"), 2_500)).toBe("awake")
      expect(Date.now()).toBeGreaterThanOrEqual(due)
    })
  )
})
