import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { RunTable } from "../../src/store/runTable.ts"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { type SqliteStoreOptions, sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { newRunId, startMessage } from "./samples.ts"

// A file that cannot be opened as a store: the layer fails with `StoreUnavailable`, which says where, why, and what to do.

let folder: string
let filename: string
const openings: Array<DatabaseSync> = []

beforeEach(() => {
  folder = temporaryFolder("opening")
  filename = join(folder, "runs.db")
})
afterEach(() => {
  for (const opening of openings.splice(0)) opening.close()
})

const plain = (sql = ""): DatabaseSync => {
  const database = new DatabaseSync(filename)
  openings.push(database)
  database.exec(sql)
  return database
}

/** Opens the store, puts a row and reads it. */
const use = (options: Partial<SqliteStoreOptions> = {}) => {
  const runId = newRunId()
  const inside = Effect.gen(function* () {
    const table = yield* RunTable
    yield* table.put(runId, startMessage())
    return yield* table.readMessage(runId, "start")
  })
  return Effect.provide(inside, sqliteStore({ filename, ...options }))
}

const expectUsable = async () => expect(await Effect.runPromise(use())).toEqual(startMessage())

/** Not as a defect, and not later: what it says is the message of the layer's own error. */
const refusal = async (name = filename): Promise<string> => {
  const layer = Layer.build(sqliteStore({ filename: name }))
  const error = await Effect.runPromise(Effect.scoped(Effect.flip(layer)))
  expect(error).toMatchObject({ _tag: "StoreUnavailable", operation: "sqliteStore" })
  expect(error.message).toContain(`cannot open ${name}: `)
  return error.message
}

describe("a store cannot be opened", () => {
  it("in a folder that is not there", async () => {
    filename = join(folder, "missing", "runs.db")
    expect(await refusal()).toContain(`its folder ${join(folder, "missing")} is not there: make it`)
    mkdirSync(join(folder, "missing"))
    await expectUsable()
  })

  it("below a file", async () => {
    writeFileSync(filename, "")
    expect(await refusal(join(filename, "runs.db"))).toContain(`${filename} is no folder: give the path of a file`)
  })

  it("where there is a folder", async () => {
    expect(await refusal(folder)).toContain("this is a folder: give the path of a file in it")
  })

  it("on a file that is no database", async () => {
    writeFileSync(filename, "not a database, but long enough to be looked at. ".repeat(100))
    expect(await refusal()).toContain("the file is no SQLite database: give the path of another, or restore it")
  })

  it("on a file of a later version", async () => {
    await expectUsable()
    plain("pragma user_version = 99")
    expect(await refusal()).toMatch(/the file has schema 99, .* knows up to \d+: install the version that wrote it/)
  })

  it.each(["pragma user_version = 0", "pragma user_version = 1", "pragma user_version = 2"])(
    "on another program's file (%s)",
    async (version) => {
      plain(`create table runs (miles integer); create table shoes (size integer); ${version}`)
      expect(await refusal()).toContain(
        "a database of another program (its tables: runs, shoes): give dynactor a file of its own"
      )
      const tables = plain().prepare("select name from sqlite_schema").all()
      expect(tables.map(({ name }) => name)).toEqual(["runs", "shoes"])
    }
  )

  it("while another connection holds the file's lock, and can be when it lets go", async () => {
    await expectUsable()
    const holder = plain("pragma locking_mode = exclusive; begin exclusive")
    expect(await refusal()).toMatch(
      /database is locked: another connection has held the file's lock .*: it is tried again/
    )
    holder.exec("rollback")
    openings.splice(0).map((opening) => opening.close())
    await expectUsable()
  })

  it("on a file that may only be read", async () => {
    await expectUsable()
    const uri = `file:${filename}?mode=ro`
    expect(await refusal(uri)).toContain("can only be read: give this process the right to write")
  })

  const canBeAnother = process.getuid?.() !== 0 || process.seteuid !== undefined
  it.skipIf(!canBeAnother).each(["file", "folder"])("by a user who may not write its %s", async (what) => {
    await expectUsable()
    for (const parent of [dirname(folder), folder]) chmodSync(parent, 0o755)
    chmodSync(folder, what === "folder" ? 0o555 : 0o755)
    chmodSync(filename, what === "file" ? 0o444 : 0o666)
    try {
      const message = await asNobody(() => refusal())
      expect(message).toMatch(new RegExp(`this process may not read and write the ${what}|can only be read`))
    } finally {
      chmodSync(folder, 0o755)
    }
  })
})

it("an opened file has a log that each commit flushes, so that what was acknowledged survives a power cut", () => {
  const engine = new Engine(openDatabase(filename))
  try {
    // 2: FULL. With 1 (NORMAL) the log of a commit is on its way when it is acknowledged.
    expect(engine.database.raw.prepare("pragma synchronous").get()).toEqual({ synchronous: 2 })
    expect(engine.database.raw.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" })
  } finally {
    engine.close()
  }
})

/** The superuser may write everything. */
const asNobody = async <A>(use: () => Promise<A>): Promise<A> => {
  if (process.getuid?.() !== 0) return use()
  process.seteuid?.(65_534)
  try {
    return await use()
  } finally {
    process.seteuid?.(0)
  }
}

/** A disk of so many bytes, where this user may make one. */
const mounted = (bytes: number): boolean =>
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]).status === 0

const canMount = ((): boolean => {
  if (process.getuid?.() !== 0) return false
  folder = temporaryFolder("mount")
  const can = mounted(1_000_000)
  if (can) spawnSync("umount", [folder])
  return can
})()

describe.skipIf(!canMount)("on a small disk (skipped where none can be mounted)", () => {
  const onDisk = (name: string, bytes: number, test: () => Promise<void>) =>
    it(name, async () => {
      if (!mounted(bytes)) throw new Error("not mounted")
      try {
        await test()
      } finally {
        spawnSync("umount", [folder])
      }
    })

  const free = () => {
    const { stdout } = spawnSync("df", ["-B1", "--output=avail", folder], { encoding: "utf8" })
    return Number(stdout.split("\n")[1])
  }

  onDisk("a store takes no room beyond what it writes", 8_000_000, async () => {
    const layer = sqliteStore({ filename })
    const left = Effect.gen(function* () {
      const table = yield* RunTable
      for (let rows = 0; rows < 40; rows++) yield* table.put(newRunId(), startMessage())
      return free()
    })
    expect(await Effect.runPromise(Effect.provide(left, layer))).toBeGreaterThan(6_000_000)
  })

  onDisk("a store cannot be opened when it is full, and can be when there is room", 1_000_000, async () => {
    const ballast = join(folder, "ballast")
    spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4096"])
    expect(free()).toBe(0)
    expect(await refusal()).toMatch(/full|disk/)
    rmSync(ballast)
    await expectUsable()
  })

  onDisk(
    "a full disk is away, a write that is too large for it fails alone, and all goes on with room",
    4_000_000,
    async () => {
      const test = Effect.gen(function* () {
        const table = yield* RunTable
        const large = startMessage({ input: { json: JSON.stringify("x".repeat(6_000_000)) } })
        const writes = [startMessage(), large, startMessage()].map((row) => Effect.result(table.put(newRunId(), row)))
        const [before, tooLarge, after] = yield* Effect.all(writes, { concurrency: "unbounded" })
        expect([before?._tag, after?._tag]).toEqual(["Success", "Success"])
        expect(tooLarge).toMatchObject({ failure: { _tag: "StoreUnavailable", operation: "RunTable.put" } })
        expect(tooLarge?._tag === "Failure" && tooLarge.failure.message).toContain(
          "the disk is full, or the most that this process may write: make room"
        )
        const ballast = join(folder, "ballast")
        spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4096"])
        const bulky = startMessage({ input: { json: JSON.stringify("x".repeat(300_000)) } })
        const runIds = Array.from({ length: 30 }, newRunId)
        const results = yield* Effect.forEach(runIds, (runId) => Effect.result(table.put(runId, bulky)))
        expect(results.at(-1)).toMatchObject({ failure: { _tag: "StoreUnavailable" } })
        rmSync(ballast)
        const last = newRunId()
        yield* table.put(last, startMessage())
        expect(yield* table.readMessage(last, "start")).toEqual(startMessage())
      })
      await Effect.runPromise(Effect.provide(test, sqliteStore({ filename })))
    }
  )
})
