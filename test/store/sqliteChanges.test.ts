import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { expect } from "vitest"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { eventually, tempFile } from "../streams/engine.ts"
import { newHead } from "./samples.ts"

const openTable = Effect.fnUntraced(function* (filename: string) {
  const context = yield* Layer.build(Layer.fresh(sqliteStore({ filename, maxReceives: 1 })))
  return { table: Context.get(context, RunTable), queue: Context.get(context, StepQueue) }
})

it.live("a file tells of each commit of a head, its own by name, until nobody listens any more", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const mine = yield* openTable(filename)
    const other = yield* openTable(filename)
    const told: Array<string | undefined> = []
    const listening = yield* Scope.make()
    yield* Scope.provide(mine.table.onChange?.((runId) => told.push(runId)) ?? Effect.void, listening)
    yield* mine.table.commitHead("a", newHead({ version: 1 }))
    // A conflict commits nothing.
    yield* mine.table.commitHead("a", newHead({ version: 1 }))
    expect(told.filter((runId) => runId !== undefined)).toEqual(["a"])
    const before = told.length
    yield* other.table.commitHead("b", newHead({ version: 1 }))
    yield* eventually(
      "word of the other process",
      Effect.sync(() => told.length > before)
    )
    expect(told.slice(before)).toEqual(Array(told.length - before).fill(undefined))
    yield* Scope.close(listening, Exit.void)
    const after = told.length
    yield* mine.table.commitHead("a", newHead({ version: 2 }))
    expect(told.length).toBe(after)
  })
)

it.live("a file shows the dead letters of its queue, and takes none of them", () =>
  Effect.gen(function* () {
    const { queue, table } = yield* openTable(yield* tempFile)
    const step = { kind: "step", name: "charge", fingerprint: "", index: 0, token: null, attempt: 1 } as const
    const rest = { input: { json: "1" }, notBefore: 0 }
    yield* queue.send([
      { ...step, ...rest, runId: "r-1", key: "charge#0" },
      { ...step, ...rest, runId: "r-2", key: "charge#0" }
    ])
    expect(yield* table.deadLetters?.(10) ?? Effect.succeed(undefined)).toEqual([])
    yield* Effect.repeat(queue.receive({ limit: 10, waitMs: 50, visibilityMs: 0 }), {
      until: (deliveries) => deliveries.length === 0
    })
    for (const limit of [10, 10, 1])
      expect(yield* table.deadLetters?.(limit) ?? Effect.succeed(undefined)).toHaveLength(Math.min(limit, 2))
    expect(yield* queue.receiveDead({ limit: 10, waitMs: 50, visibilityMs: 0 })).toHaveLength(2)
  })
)
