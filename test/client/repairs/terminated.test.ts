import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { RunTable } from "../../../src/store/runTable.ts"
import { sqliteStore } from "../../../src/store/sqlite/sqliteStore.ts"
import { makeRegistry } from "../../../src/streams/turns/registry.ts"
import { makeRuns } from "../../../src/streams/turns/runs.ts"
import { WarmRuns } from "../../../src/streams/turns/warmRun.ts"
import { newHead, startMessage } from "../../store/samples.ts"
import { live } from "../../streams/engine.ts"

describe("A run that is terminated, and reset before anybody has acted on that", () => {
  // Nobody rings for it once more.
  live("goes on as one turn is rung for both", () =>
    Effect.gen(function* () {
      const store = yield* Layer.build(sqliteStore({ filename: ":memory:" }))
      const table = Context.get(store, RunTable)
      const from = { how: "reset", address: "r", count: 1, at: 1, startedAt: 1 } as const
      yield* table.put("r", startMessage({ at: 1 }))
      yield* table.commitHead("r", newHead({ adopted: 1, tail: ["start"] }))
      yield* table.put("r", { kind: "terminate", at: 2, reason: null })
      yield* table.put("r", {
        kind: "repair",
        at: 3,
        id: "one",
        from: { ...from, pieces: [{ address: "r", upTo: 1 }] }
      })
      const host = makeRuns(
        {
          registry: makeRegistry([], []),
          services: Context.empty(),
          guard: { run: () => undefined, portions: () => undefined },
          warm: new WarmRuns(10),
          budget: 1_000,
          output: undefined,
          isClosing: () => false
        },
        store
      )
      yield* host.ring("r", ["terminate", "repair/one"])
      const head = yield* table.readHead("r")
      expect(head?.status).toBe("continued")
      expect(head?.concluded?.status).toBe("terminated")
      expect((yield* table.readMessage("r\u001Fa1", "start"))?.kind).toBe("start")
    })
  )
})
