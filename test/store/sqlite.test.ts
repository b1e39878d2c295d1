import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { callbackKeysContract } from "./callbackKeysContract.ts"
import { changeFeedContract } from "./changeFeedContract.ts"
import { commitsContract } from "./commitsContract.ts"
import { heartbeatsContract } from "./heartbeatsContract.ts"
import { makeMovableTime } from "./movableTime.ts"
import { outputContract } from "./outputContract.ts"
import { payloadsContract } from "./payloadsContract.ts"
import { putWithContract } from "./putWithContract.ts"
import { refusalsContract } from "./refusalsContract.ts"
import { repliesContract } from "./repliesContract.ts"
import { runEraserContract } from "./runEraserContract.ts"
import { runListingContract } from "./runListingContract.ts"
import { runTableContract } from "./runTableContract.ts"
import { stepMarksContract } from "./stepMarksContract.ts"
import { stepQueueContract } from "./stepQueueContract.ts"
import { timersContract } from "./timersContract.ts"
import { sqliteNumbers } from "./userTables.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-sqlite-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const maxReceives = 3

for (const place of ["memory", "a file"]) {
  let files = 0
  const store = () =>
    sqliteStore({ filename: place === "memory" ? ":memory:" : join(folder, `${files++}.db`), maxReceives })
  const name = `SQLite in ${place}`
  runTableContract(name, store())
  runListingContract(name, store())
  changeFeedContract(name, store(), { reopens: place === "a file", forgets: false })
  commitsContract(name, store())
  refusalsContract(name, store(), { refuses: false })
  timersContract(name, store(), makeMovableTime())
  stepQueueContract(name, store(), { maxReceives })
  payloadsContract(name, store())
  repliesContract(name, store())
  outputContract(name, store())
  heartbeatsContract(name, store())
  callbackKeysContract(name, store(), { rotates: true })
  stepMarksContract(name, store())
  runEraserContract(name, store())
}

const shared = join(folder, "shared.db")
putWithContract("SQLite in a file", sqliteStore({ filename: shared }), sqliteNumbers(shared))
