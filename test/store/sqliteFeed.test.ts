import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { sqliteFeed } from "../../src/store/sqlite/sqliteFeed.ts"
import { sqliteRunTable } from "../../src/store/sqlite/sqliteRunTable.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { startMessage } from "./samples.ts"

it("doorbells of another process come page by page to the last one, though there is no more news", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const filename = `${temporaryFolder("feed")}/runs.db`
      const [host, other] = [new Engine(openDatabase(filename)), new Engine(openDatabase(filename))]
      const runIds = ["a", "b", "c", "d", "e"]
      for (const runId of runIds) yield* sqliteRunTable(other).put(runId, startMessage())
      const feed = sqliteFeed(host)
      const rung: Array<ReadonlyArray<string>> = []
      for (let page = 0; page < 4; page++)
        rung.push((yield* feed.poll({ limit: 2, waitMs: 0 })).doorbells.map(({ runId }) => runId))
      expect(rung).toEqual([["a", "b"], ["c", "d"], ["e"], []])
      for (const engine of [host, other]) engine.close()
    })
  ))
