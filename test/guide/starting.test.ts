import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { add, changedIn, report } from "../../examples/guide/starting.ts"
import { Client } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { live } from "../streams/engine.ts"

onEachStore("the page on starting", (newStore) => {
  live("debounces by a key of the input: each month is a window of its own, and what began it has not run", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [report], steps: [add] })
      const change = (month: string, currency: string) =>
        Effect.provideService(changedIn({ month, currency }), Client, client)
      const first = yield* change("2026-07", "EUR")
      const other = yield* change("2026-08", "EUR")
      const last = yield* change("2026-07", "USD")
      expect([first.runId, other.runId, last.runId]).toEqual(["report/2026-07", "report/2026-08", "report/2026-07"])
      expect((yield* Effect.flip(client.wait(report, first.runId, { generation: 0 })))._tag).toBe("RunCancelled")
      expect(yield* client.wait(report, last.runId)).toBe("2026-07".length)
      expect(yield* client.wait(report, other.runId)).toBe("2026-08".length)
      expect(yield* client.get(other.runId)).toMatchObject({ generation: 0 })
    })
  )
})
