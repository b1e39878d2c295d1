import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { RunEraser } from "../../src/store/deletion/runEraser.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { inline, newRunId, startMessage } from "./samples.ts"

const secret = "nobody is to find this"

/** A file from which a run was deleted, and another connection to it. */
const withDeleted = (
  test: (scrub: Effect.Effect<boolean, unknown>, other: DatabaseSync, filename: string) => Effect.Effect<void, unknown>
) => {
  const filename = join(temporaryFolder("scrub"), "runs.db")
  return Effect.runPromise(
    Effect.gen(function* () {
      const runId = newRunId()
      const table = yield* RunTable
      const eraser = Context.get(yield* Effect.context<RunEraser>(), RunEraser)
      yield* table.put(newRunId(), startMessage())
      yield* table.put(runId, { kind: "signal", at: 1, name: "told", id: "1", payload: inline(secret) })
      const other = new DatabaseSync(filename)
      try {
        yield* eraser.erase({ runId, generation: 0, streams: [] })
        yield* test(eraser.scrub as Effect.Effect<boolean, unknown>, other, filename)
      } finally {
        other.close()
      }
    }).pipe(Effect.provide(sqliteStore({ filename })))
  )
}

const holds = (filename: string): boolean =>
  [filename, `${filename}-wal`].some((file) => readFileSync(file).includes(secret))

it("what was deleted is in no byte of the file nor of its log once it is scrubbed", () =>
  withDeleted((scrub, _, filename) =>
    Effect.gen(function* () {
      expect(holds(filename)).toBe(true)
      expect(yield* scrub).toBe(true)
      expect([holds(filename), statSync(`${filename}-wal`).size]).toEqual([false, 0])
    })
  ))

it.each([
  ["reads what was before", "begin; select count(*) from inbox"],
  ["writes", "begin immediate"]
])("is not scrubbed while another connection %s, says so, and is when that is through", (_, sql) =>
  withDeleted((scrub, other, filename) =>
    Effect.gen(function* () {
      other.exec(sql)
      expect(yield* scrub).toBe(false)
      expect(holds(filename)).toBe(true)
      other.exec("rollback")
      expect(yield* scrub).toBe(true)
      expect(holds(filename)).toBe(false)
    })
  )
)
