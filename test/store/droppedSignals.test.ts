import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import type { Notice } from "../../src/store/commits.ts"
import { homeOf } from "../../src/store/generations/home.ts"
import { newestMark } from "../../src/store/generations/nextGeneration.ts"
import { putNotices } from "../../src/store/putNotices.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { newHead, startMessage } from "./samples.ts"

const outcome = { tag: "succeeded", payload: { json: "1" } } as const
const later = "other\u001Fa1"

const signal = (id: string, previous: ReadonlyArray<string> = []): Notice => ({
  runId: "other",
  message: { kind: "signal", at: 1, name: "told", id, payload: { json: "1" }, previous }
})

/** Two runs that send to a third one, which is started and may end and begin anew. */
const setup = Effect.gen(function* () {
  const store = yield* Layer.build(sqliteStore({ filename: ":memory:" }))
  const table = Context.get(store, RunTable)
  const send = (from: string, ...notices: ReadonlyArray<Notice>) =>
    Effect.map(Effect.provideContext(putNotices(table, notices, from), store), (conflicts) =>
      conflicts.map((conflict) => ("dropped" in conflict ? conflict.dropped : "conflict"))
    )
  const rowsOf = (address: string) =>
    Effect.map(table.readRun(address), ({ messages }) =>
      messages.flatMap((row) => (row.kind === "signal" ? [row.id] : []))
    )
  yield* table.put("other", startMessage({ at: 1 }))
  yield* table.commitHead("other", newHead({ adopted: 1, tail: ["start"] }))
  const end = table.commitHead(
    "other",
    newHead({ version: 2, adopted: 1, tail: ["start"], status: "succeeded", outcome })
  )
  const beginAnew = Effect.gen(function* () {
    const continued = { tag: "continued", payload: { json: "1" } } as const
    yield* table.commitHead(
      "other",
      newHead({ version: 3, adopted: 1, tail: ["start"], status: "continued", outcome: continued as never })
    )
    yield* table.raiseMark("other", newestMark, { to: 1, above: 0 })
    yield* table.put(later, startMessage({ at: 2 }))
  })
  return { store, send, rowsOf, end, beginAnew }
})

describe("A signal of a run to one that has ended", () => {
  it.effect(
    "stays dropped when that one begins anew and the sender's turn is taken again: what was sent behind it is there",
    () =>
      Effect.gen(function* () {
        const { send, rowsOf, end, beginAnew } = yield* setup
        yield* end
        expect(yield* send("r", signal("r/1.0"))).toEqual(["run other has ended"])
        yield* beginAnew
        expect(yield* send("r", signal("r/1.1", ["signal/told/r/1.0"]))).toEqual([])
        expect(yield* send("r", signal("r/1.0"), signal("r/1.1", ["signal/told/r/1.0"]))).toEqual([
          "run other had ended"
        ])
        expect(yield* rowsOf(later)).toEqual(["r/1.1"])
        expect(yield* rowsOf("other")).toEqual([])
      })
  )

  it.effect("is not said to be dropped where it was sent before that end", () =>
    Effect.gen(function* () {
      const { send, rowsOf, end } = yield* setup
      expect(yield* send("r", signal("r/1.0"))).toEqual([])
      yield* end
      expect(yield* send("r", signal("r/1.0"))).toEqual([])
      expect(yield* rowsOf("other")).toEqual(["r/1.0"])
    })
  )

  it.effect("keeps no other sender's from being received that has the same id", () =>
    Effect.gen(function* () {
      const { store, send, rowsOf, end, beginAnew } = yield* setup
      yield* end
      expect(yield* send("r", signal("id"), signal("more"))).toEqual(["run other has ended", "run other has ended"])
      yield* beginAnew
      expect(yield* send("s", signal("id"))).toEqual([])
      expect(yield* rowsOf(later)).toEqual(["id"])
      // A client's.
      const home = yield* Effect.provideContext(homeOf(later, "signal/told/more"), store)
      expect(home).toEqual({ address: later })
    })
  )
})
