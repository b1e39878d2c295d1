import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { sqliteRunTable } from "../../src/store/sqlite/sqliteRunTable.ts"
import { epoch, newHead } from "./samples.ts"

it.each([200, 201, 450])("lists all of %d runs whose ids begin alike, and no others", (count) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const engine = new Engine(openDatabase(":memory:"))
      const table = sqliteRunTable(engine)
      const runIds = Array.from({ length: count }, (_, index) => `order-${String(index).padStart(3, "0")}`)
      yield* Effect.forEach(
        [...runIds, "other"],
        (runId, index) => table.commitHead(runId, newHead({ startedAt: epoch + index })),
        { concurrency: "unbounded", discard: true }
      )
      const found: Array<string> = []
      let cursor: string | undefined
      do {
        const page = yield* table.list({ prefix: "order-", limit: 150, ...(cursor === undefined ? {} : { cursor }) })
        found.push(...page.runs.map(({ runId }) => runId))
        cursor = page.cursor
      } while (cursor !== undefined)
      expect(found).toEqual(runIds.toReversed())
      engine.close()
    })
  )
)
