import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Database, openDatabase } from "../../src/store/sqlite/file/database.ts"
import { checkpointPages, WalSpace } from "../../src/store/sqlite/file/walSpace.ts"

// Room in the write-ahead log: what was written stands whatever lies behind it, and the file has an end.

let folder: string
let filename: string
const openings: Array<Database> = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dynactor-wal-"))
  filename = join(folder, "runs.db")
})
afterEach(() => {
  for (const { raw } of openings.splice(0)) if (raw.isOpen) raw.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = (name = filename): Database => {
  const database = openDatabase(name)
  openings.push(database)
  return database
}

const walBytes = () => statSync(`${filename}-wal`).size

/** A chunk of room, and what SQLite's log holds before it begins anew. */
const chunkBytes = 1_000 * 4_120
const fullBytes = checkpointPages * 4_120

const write = (database: Database, from: number, count: number, bytes = 10): void => {
  for (let index = from; index < from + count; index++) {
    database.begin()
    database.sql("insert into payloads (sha256, body) values (?, ?)").run(String(index), bodyOf(index, bytes))
    database.sql("commit").run()
  }
}

const bodyOf = (index: number, bytes: number): string => `${index} `.padEnd(bytes, ".")

/** All of these rows are there, as they were written, and the file is sound. */
const expectRows = (database: Database, count: number, bytes = 10): void => {
  const rows = database.sql("select sha256, body from payloads").all() as Array<{ sha256: string; body: string }>
  expect(rows.map(({ sha256 }) => Number(sha256)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, index) => index)
  )
  for (const { sha256, body } of rows) expect(body).toBe(bodyOf(Number(sha256), bytes))
  expect(database.sql("pragma integrity_check").get()).toEqual({ integrity_check: "ok" })
}

describe("the log", () => {
  it("has room before it is written", () => {
    const database = open()
    const before = walBytes()
    write(database, 0, 1)
    expect(walBytes()).toBe(before + chunkBytes)
    // Written into the room: the file stays as it is.
    write(database, 1, 200)
    expect(walBytes()).toBe(before + chunkBytes)
    expectRows(database, 201)
  })

  it("keeps what was written before and after it got room, over an orderly end", () => {
    const first = open()
    write(first, 0, 50)
    first.raw.close()
    expect(existsSync(`${filename}-wal`)).toBe(false)
    const second = open()
    write(second, 50, 50)
    expect(walBytes()).toBeGreaterThan(chunkBytes)
    second.raw.close()
    expectRows(open(), 100)
  })

  it("keeps what was written before and after it got room, over a crash", () => {
    const database = open()
    write(database, 0, 50)
    // What is on disk if the process ends here: no shared memory, and a log that ends in zeros.
    const after = join(folder, "after.db")
    for (const suffix of ["", "-wal"]) copyFileSync(`${filename}${suffix}`, `${after}${suffix}`)
    expect(statSync(`${after}-wal`).size).toBeGreaterThan(chunkBytes)
    const recovered = open(after)
    expectRows(recovered, 50)
    write(recovered, 50, 50)
    recovered.raw.close()
    expectRows(open(after), 100)
  })

  it("keeps what it holds when it begins anew, again and again", () => {
    const database = open()
    // Each row takes a page or more: several times what the log holds.
    const [rows, bytes] = [3 * checkpointPages, 5_000]
    for (let from = 0; from < rows; from += 100) {
      database.begin()
      for (let index = from; index < from + 100; index++)
        database.sql("insert into payloads (sha256, body) values (?, ?)").run(String(index), bodyOf(index, bytes))
      database.sql("commit").run()
    }
    expect(walBytes()).toBeLessThan(2 * fullBytes)
    expectRows(database, rows, bytes)
    database.raw.close()
    expectRows(open(), rows, bytes)
  })

  it("is written by two openings in turn while each gives it room", () => {
    const [a, b] = [open(), open()]
    const sizes = new Set<number>()
    for (let index = 0; index < 300; index++) {
      write(index % 2 === 0 ? a : b, index, 1)
      sizes.add(walBytes())
    }
    // Both have.
    expect(sizes.size).toBe(2)
    expectRows(a, 300)
    expectRows(b, 300)
    a.raw.close()
    write(b, 300, 20)
    b.raw.close()
    expectRows(open(), 320)
  })

  it("does not grow with the number of openings", () => {
    const host = open()
    write(host, 0, 1)
    for (let index = 1; index <= 12; index++) {
      const client = open()
      write(client, index, 1)
      client.raw.close()
    }
    expect(walBytes()).toBeLessThan(fullBytes + chunkBytes)
    expectRows(host, 13)
  })
})

describe("room that cannot be made", () => {
  it("is no error: there is no file", () => {
    const space = new WalSpace(join(folder, "nowhere", "runs.db"))
    for (let transaction = 0; transaction < 20; transaction++) space.ensure()
    expect(existsSync(join(folder, "nowhere"))).toBe(false)
  })

  it("is no error: the database is in memory", () => {
    const database = open(":memory:")
    write(database, 0, 20)
    expectRows(database, 20)
    expect(existsSync(":memory:-wal")).toBe(false)
  })

  it("gives back what it got of its room where a quota leaves less than the disk has, and what is written stands", () => {
    const module = new URL("../../src/store/sqlite/file/database.ts", import.meta.url)
    const script = `
      import { statSync } from "node:fs"
      import { openDatabase } from ${JSON.stringify(module)}
      const database = openDatabase(${JSON.stringify(filename)})
      for (let index = 0; index < 50; index++) {
        database.begin()
        database.sql("insert into payloads (sha256, body) values (?, ?)").run(String(index), (index + " ").padEnd(10, "."))
        database.sql("commit").run()
      }
      console.log(statSync(${JSON.stringify(`${filename}-wal`)}).size)`
    // Files of two megabytes at most, as a quota or a full disk would have it: half of a chunk.
    const shell = "trap '' XFSZ; ulimit -f 2000; exec \"$@\""
    const node = [process.execPath, "--conditions=source", "--input-type=module", "-e", script]
    const { stdout, stderr } = spawnSync("bash", ["-c", shell, "bash", ...node], { encoding: "utf8" })
    expect([stderr, Number(stdout)]).toEqual(["", expect.any(Number)])
    // What 50 transactions write, and no more.
    expect(Number(stdout)).toBeLessThan(1_500_000)
    expect(Number(stdout)).toBeGreaterThan(50 * 4_120)
    expectRows(open(), 50)
  })
})
