import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, it } from "vitest"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { checkSqliteFile } from "../../src/store/sqlite/sqliteHealth.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { epoch } from "./samples.ts"

const minute = 60_000

interface Queued {
  readonly visibleAt: number
  readonly isDead?: boolean
}

/** What is said of a file with these messages in its queue, and rows of the inbox that rang at these times. */
const saidOf = (queued: ReadonlyArray<Queued>, rung: ReadonlyArray<number> = []) => {
  const filename = join(temporaryFolder("health"), "runs.db")
  openDatabase(filename).raw.close()
  const raw = new DatabaseSync(filename)
  for (const { isDead = false, visibleAt } of queued)
    raw
      .prepare("insert into queue (nonce, visible_at, receives, dead, lane, body) values (1, ?, 0, ?, 0, '{}')")
      .run(visibleAt, Number(isDead))
  for (const [index, at] of rung.entries()) {
    raw.prepare("insert into inbox (run, key, at, body) values (?, 'start', ?, '{}')").run(`run-${index}`, at)
    raw.prepare("insert into doorbells (origin, run, key) values ('a', ?, 'start')").run(`run-${index}`)
  }
  raw.close()
  const checks = checkSqliteFile(filename, epoch)
  return (id: string) => checks.find((check) => check.id === id)
}

it("a message that lay there for more than a minute was to be taken, and one that is for later was not", () => {
  const soon = saidOf([{ visibleAt: epoch - minute }, { visibleAt: epoch + minute }])("queue.taken")
  expect(soon).toMatchObject({ result: "ok", sentence: expect.stringContaining("(2 are under way or for later)") })
  const late = saidOf([{ visibleAt: epoch - minute - 1 }, { visibleAt: epoch + minute }])("queue.taken")
  expect(late).toMatchObject({ result: "warning", sentence: expect.stringContaining("1 of 2 queue messages") })
})

it("a dead letter is for no worker, however long it lies there", () => {
  const said = saidOf([{ visibleAt: epoch - 60 * minute, isDead: true }, { visibleAt: epoch }])
  expect(said("queue.taken")).toMatchObject({ result: "ok", sentence: expect.stringContaining("(1 are under way") })
  expect(said("queue.dead")).toMatchObject({ result: "warning", sentence: expect.stringContaining("1 dead letter:") })
})

it("a row that nobody has turned for more than a minute waits for a host, and one that has just come does not", () => {
  expect(saidOf([], [epoch - minute])("host.turns")).toMatchObject({ result: "ok" })
  const late = saidOf([], [epoch - minute - 1, epoch - 5 * minute, epoch])("host.turns")
  expect(late).toMatchObject({ result: "warning", sentence: expect.stringContaining("2 messages wait for a turn") })
})
