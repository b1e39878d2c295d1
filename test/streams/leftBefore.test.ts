import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { defineWorkflow } from "../../src/index.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { withPrevious } from "../../src/streams/turns/arrival.ts"
import { newHead, signalMessage } from "../store/samples.ts"
import { startRow } from "./startRow.ts"

const workflow = defineWorkflow("waits", { input: Schema.Null, output: Schema.Null, run: () => Effect.never })
const later = "r\u001Fa1"
const continues = { generation: 1, startedAt: 1, endedAt: 1, since: 1 }

describe("What the start before has left behind", () => {
  const found = (adopted: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const store = yield* Layer.build(sqliteStore({ filename: ":memory:" }))
      const table = Context.get(store, RunTable)
      const outcome = { tag: "continued", payload: { json: "null" } } as never
      yield* table.put("r", startRow("waits"))
      yield* table.put("r", signalMessage("s", "first"))
      const tail = ["start", ...adopted]
      yield* table.commitHead("r", newHead({ adopted: tail.length, tail, status: "continued", outcome }))
      const start = { ...startRow("waits"), continues, request: "again" }
      const second = { ...signalMessage("s", "second"), previous: ["signal/s/first"] }
      const actor = new Actor({ workflow, runId: later })
      const rows = yield* Effect.provideContext(
        Effect.gen(() => withPrevious(later, actor, [start, second])),
        store
      )
      return { keys: rows.map(messageKey), brought: yield* table.readMessage(later, "signal/s/first") }
    })

  it.effect("is brought along by what the same sender has sent behind it, to the start that was to come", () =>
    Effect.gen(function* () {
      const { keys, brought } = yield* found([])
      expect(keys).toEqual(["start", "signal/s/second", "signal/s/first"])
      expect(brought).toEqual(signalMessage("s", "first"))
    })
  )

  it.effect("is not what that one has adopted", () =>
    Effect.gen(function* () {
      const { keys, brought } = yield* found(["signal/s/first"])
      expect(keys).toEqual(["start", "signal/s/second"])
      expect(brought).toBeUndefined()
    })
  )
})
