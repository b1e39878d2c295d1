import { spawn } from "node:child_process"
import { once } from "node:events"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { ChangeFeed } from "../../src/store/changeFeed.ts"
import { Commits } from "../../src/store/commits.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { type Store, sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { Timers } from "../../src/store/timers.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { epoch, newHead, newRunId, signalMessage, startMessage, stepMessage, stepRequest } from "./samples.ts"
import { eventually } from "./useStore.ts"

// What SQLite does not take fails alone and says whether it ever will; and a file that is away for a while is a store that is away.

const newFile = () => join(temporaryFolder("writes"), "runs.db")

const inStore = <A, E>(effect: Effect.Effect<A, E, Store>, filename = ":memory:") =>
  Effect.runPromise(Effect.provide(effect, sqliteStore({ filename })))

/** A process that has the file's lock for a while. */
const holdsLock = `
const { DatabaseSync } = require("node:sqlite")
const file = new DatabaseSync(process.argv[1])
file.exec("pragma busy_timeout = 5000; begin immediate")
process.stdout.write("held")
setTimeout(() => file.exec("rollback"), 1000)
`

const services = Effect.all({ commits: Commits, table: RunTable, queue: StepQueue, timers: Timers, payloads: Payloads })

type Services = Effect.Success<typeof services>

const timer = (due: number) => ({ runId: newRunId(), key: "sleep#0", due })
const commitOf = (runId: string, changes: object) => ({
  runId,
  rows: [startMessage()],
  done: [],
  head: {
    head: newHead(),
    adopted: ["start"],
    segments: [],
    steps: [],
    timers: [],
    clearTimers: [],
    notices: [],
    openIndexes: [],
    ...changes
  }
})

const outOfRange = [2 ** 53, 2 ** 60, 1e300, -(2 ** 53), Number.POSITIVE_INFINITY, Number.NaN]
const halfPair = "cut \ud83c"

/** Every place where a number or a name of the caller's goes into a column. */
const badWrites: ReadonlyArray<readonly [string, (to: Services) => Effect.Effect<unknown, unknown>]> = [
  ...outOfRange.flatMap((value): typeof badWrites => [
    [`a timer due at ${value}`, ({ timers }) => timers.schedule(timer(value))],
    [`a row of time ${value}`, ({ table }) => table.put(newRunId(), startMessage({ at: value }))],
    [`a head of version ${value}`, ({ table }) => table.commitHead(newRunId(), newHead({ version: value }))],
    [`a head begun at ${value}`, ({ table }) => table.commitHead(newRunId(), newHead({ startedAt: value }))],
    [`a head changed at ${value}`, ({ table }) => table.commitHead(newRunId(), newHead({ updatedAt: value }))],
    [`a message for ${value}`, ({ queue }) => queue.send([stepRequest("r", "a#0", { notBefore: value })])],
    [`a segment ${value}`, ({ table }) => table.putSegment(newRunId(), value, ["start"])],
    [
      `a commit with a timer due at ${value}`,
      ({ commits }) => commits.commit(commitOf("r", { timers: [{ runId: "r", key: "sleep#0", due: value, index: 1 }] }))
    ],
    [
      `a commit with a step that waits until ${value}`,
      ({ commits }) => commits.commit(commitOf("r", { steps: [stepRequest("r", "a#0", { notBefore: value })] }))
    ]
  ]),
  ["a payload that is not well-formed", ({ payloads }) => payloads.put("sha", `"${halfPair}"`)],
  ["a run id that is not well-formed", ({ table }) => table.put(halfPair, startMessage())],
  ["a key that is not well-formed", ({ table }) => table.put(newRunId(), signalMessage("go", halfPair))],
  ["a head of a run id that is not well-formed", ({ table }) => table.commitHead(halfPair, newHead())]
]

describe("a write that SQLite never takes", () => {
  it.each(badWrites)("%s, is refused, and those beside it in its flush are not", (_, badWrite) =>
    inStore(
      Effect.gen(function* () {
        const to = yield* services
        const runIds = Array.from({ length: 7 }, newRunId)
        const good = runIds.map((runId) => to.table.put(runId, startMessage()))
        const writes = [...good.slice(0, 3), badWrite(to), ...good.slice(3)].map((write) => Effect.result(write))
        const results = yield* Effect.all(writes, { concurrency: "unbounded" })
        expect(results.map(({ _tag }) => _tag)).toEqual(
          runIds.flatMap((_, n) => (n === 3 ? ["Failure", "Success"] : "Success"))
        )
        expect(results[3]).toMatchObject({ failure: { _tag: "StoreRefused" } })
        for (const runId of runIds) expect(yield* to.table.readMessage(runId, "start")).toEqual(startMessage())
        // Nothing is left behind of it, and the queue is read as before.
        const empty = { head: undefined, segments: [], messages: [] }
        expect(yield* to.table.readRun("r")).toEqual(empty)
        expect(yield* to.table.readRun(halfPair)).toEqual(empty)
        yield* to.queue.send([stepRequest("r", "b#0")])
        const received = yield* to.queue.receive({ limit: 10, waitMs: 0, visibilityMs: 1_000 })
        expect(received.map(({ message }) => message)).toEqual([stepRequest("r", "b#0")])
      })
    )
  )

  it("says what is wrong with it", () =>
    inStore(
      Effect.gen(function* () {
        const { table, timers } = yield* services
        const said = (write: Effect.Effect<unknown, { readonly message: string }>) =>
          Effect.map(Effect.flip(write), ({ message }) => message)
        expect(yield* said(timers.schedule({ runId: "r", key: "sleep#0", due: 1e17 }))).toBe(
          "the time of a timer message for run r is 100000000000000000: numbers in a store are between -(2^53 - 1) and 2^53 - 1"
        )
        expect(yield* said(table.put(halfPair, startMessage()))).toBe(
          "the run id has half of a surrogate pair at 4: cut text between characters"
        )
      })
    ))

  it("as a notice of a commit, is handed back, and the commit stands", () =>
    inStore(
      Effect.gen(function* () {
        const { commits, table } = yield* services
        const [runId, fine] = [newRunId(), newRunId()]
        const notices = [halfPair, fine].map((runId) => ({ runId, message: startMessage() }))
        const result = yield* commits.commit(commitOf(runId, { notices }))
        const refusal = { notice: notices[0], refused: { _tag: "StoreRefused", operation: "RunTable.put" } }
        expect(result).toMatchObject({ _tag: "Committed", conflicts: [refusal] })
        expect(yield* table.readHead(runId)).toEqual(newHead())
        expect(yield* table.readMessage(fine, "start")).toEqual(startMessage())
      })
    ))

  it("takes the largest number and the oddest text that are none of these, and gives them back", () =>
    inStore(
      Effect.gen(function* () {
        const { queue, table, timers } = yield* services
        const runId = "null \u0000 🎈 \uffff"
        yield* table.put(runId, startMessage({ at: Number.MAX_SAFE_INTEGER }))
        yield* timers.schedule({ runId, key: "\u0000", due: Number.MAX_SAFE_INTEGER })
        yield* timers.schedule({ runId, key: "\u0000", due: 1.5 })
        const { messages } = yield* table.readRun(runId)
        expect(messages).toEqual([startMessage({ at: Number.MAX_SAFE_INTEGER })])
        const received = yield* queue.receive({ limit: 10, waitMs: 0, visibilityMs: 1_000 })
        expect(received).toMatchObject([{ message: { runId, key: "\u0000", due: 1.5 } }])
      })
    ))
})

describe("what shares a flush", () => {
  const withEngine = (use: (engine: Engine) => Effect.Effect<void, unknown>) => {
    const engine = new Engine(openDatabase(":memory:"))
    return Effect.runPromise(
      Effect.ensuring(
        use(engine),
        Effect.sync(() => engine.close())
      )
    )
  }
  const tell = (after: (effect: () => void) => void, told: Array<number>, n: number) => after(() => void told.push(n))

  it.each([
    ["a value over SQLite's limit", "StoreRefused", "insert into payloads values ('x', zeroblob(1000000001))"],
    ["what breaks a rule of a table", "StoreRefused", "insert into payloads values (null, null)"],
    ["a statement that is none", "StoreUnavailable", "insert into nowhere values (1)"]
  ])("is written, and told of once, beside %s", (_, tag, sql) =>
    withEngine((engine) =>
      Effect.gen(function* () {
        const told: Array<number> = []
        const writes = Array.from({ length: 40 }, (_, n) =>
          engine.writes.run("write", (after) => {
            tell(after, told, n)
            if (n % 13 === 5) engine.database.raw.exec(sql)
            return n
          })
        )
        const results = yield* Effect.all(writes.map(Effect.result), { concurrency: "unbounded" })
        const good = results.flatMap((result) => (result._tag === "Success" ? [result.success] : []))
        expect(good).toEqual(Array.from({ length: 40 }, (_, n) => n).filter((n) => n % 13 !== 5))
        expect(told).toEqual(good)
        for (const n of [5, 18, 31]) expect(results[n]).toMatchObject({ failure: { _tag: tag, operation: "write" } })
      })
    )
  )

  it("fails with it as away, if the disk cannot be written", () =>
    withEngine((engine) =>
      Effect.gen(function* () {
        const tries: Array<number> = []
        const writes = Array.from({ length: 10 }, (_, n) =>
          engine.writes.run("write", () => {
            tries.push(n)
            if (n === 4) throw Object.assign(new Error("disk I/O error"), { errcode: 0x10a })
          })
        )
        const results = yield* Effect.all(writes.map(Effect.result), { concurrency: "unbounded" })
        for (const result of results) expect(result).toMatchObject({ failure: { _tag: "StoreUnavailable" } })
        expect(tries).toEqual([0, 1, 2, 3, 4])
      })
    ))
})

describe("a file", () => {
  it("whose lock another connection holds is away, and its writes are taken when it is let go of", async () => {
    const filename = newFile()
    await inStore(
      Effect.gen(function* () {
        const { table } = yield* services
        const other = new DatabaseSync(filename)
        other.exec("begin immediate")
        const runId = newRunId()
        const away = yield* Effect.flip(table.put(runId, startMessage()))
        expect(away).toMatchObject({ _tag: "StoreUnavailable", operation: "RunTable.put" })
        expect(away.message).toContain("another connection has held the file's lock")
        other.exec("rollback")
        other.close()
        expect(yield* table.readMessage(runId, "start")).toBeUndefined()
        yield* table.put(runId, startMessage())
      }),
      filename
    )
  })

  it("whose lock another connection holds for a while lets the process go on, and takes the writes then", async () => {
    const filename = newFile()
    await inStore(
      Effect.gen(function* () {
        const { table } = yield* services
        const other = new DatabaseSync(filename)
        other.exec("begin immediate")
        const runIds = [newRunId(), newRunId()]
        const put = (runId: string) => Effect.forkChild(table.put(runId, startMessage()), { startImmediately: true })
        const early = yield* put(runIds[0] as string)
        yield* Effect.sleep(200)
        const late = yield* put(runIds[1] as string)
        yield* Effect.sleep(200)
        expect(yield* table.readMessage(runIds[0] as string, "start")).toBeUndefined()
        // Nobody gets here before the writes have failed, if the process stands still for them.
        other.exec("rollback")
        other.close()
        yield* Fiber.joinAll([early, late])
        for (const runId of runIds) expect(yield* table.readMessage(runId, "start")).toEqual(startMessage())
      }),
      filename
    )
  })

  it("that is closed while another connection holds its lock still takes what was begun", async () => {
    const filename = newFile()
    const runId = newRunId()
    await inStore(
      Effect.gen(function* () {
        const { table } = yield* services
        const holder = spawn(process.execPath, ["-e", holdsLock, filename], { stdio: ["ignore", "pipe", "inherit"] })
        yield* Effect.promise(() => once(holder.stdout, "data"))
        yield* Effect.forkDetach(table.put(runId, startMessage()), { startImmediately: true })
        yield* Effect.sleep(100)
      }),
      filename
    )
    const other = new DatabaseSync(filename)
    expect(other.prepare("select count(*) as n from inbox where run = ?").get(runId)).toEqual({ n: 1 })
    other.close()
  })

  it("that was taken away takes no writes, which would be lost, and takes them when it is back", async () => {
    const filename = newFile()
    await inStore(
      Effect.gen(function* () {
        const { table } = yield* services
        const [first, second] = [newRunId(), newRunId()]
        yield* table.put(first, startMessage())
        renameSync(filename, `${filename}.gone`)
        const away = yield* eventually(
          "it is noticed",
          Effect.map(Effect.result(table.put(second, startMessage())), (put) =>
            put._tag === "Failure" ? put.failure : undefined
          )
        )
        expect(away).toMatchObject({ _tag: "StoreUnavailable" })
        expect(away.message).toContain("runs.db was deleted or replaced while it was open")
        // Another in its place is not it.
        writeFileSync(filename, "")
        expect(yield* Effect.flip(table.put(second, startMessage()))).toMatchObject({ _tag: "StoreUnavailable" })
        renameSync(`${filename}.gone`, filename)
        const third = newRunId()
        yield* table.put(third, startMessage())
        expect(yield* table.readMessage(third, "start")).toEqual(startMessage())
        expect(yield* table.readMessage(first, "start")).toEqual(startMessage())
      }),
      filename
    )
  })

  it("that another program has cleared fails its readers with a type, and takes no process with it", async () => {
    const filename = newFile()
    await inStore(
      Effect.gen(function* () {
        const { queue, table } = yield* services
        yield* table.put(newRunId(), startMessage())
        const other = new DatabaseSync(filename)
        other.exec("drop table queue; drop table runs; drop table inbox")
        other.close()
        const asks = [
          table.readRun("r"),
          table.list({}),
          table.put("r", stepMessage("a#0")),
          queue.receive({ limit: 1, waitMs: 100, visibilityMs: 1_000 }),
          queue.receiveDead({ limit: 1, waitMs: 100, visibilityMs: 1_000 })
        ]
        for (const ask of asks)
          expect(yield* Effect.flip(ask as Effect.Effect<unknown, unknown>)).toMatchObject({ _tag: "StoreUnavailable" })
        // A hint, which has no error: it says so after its time.
        yield* table.headChanged("r", 10)
      }),
      filename
    )
  })

  it("that cannot be read for a while loses no doorbell", async () => {
    const filename = newFile()
    await inStore(
      Effect.gen(function* () {
        const { table } = yield* services
        const feed = yield* ChangeFeed
        const other = new DatabaseSync(filename)
        const runId = newRunId()
        yield* table.put(runId, startMessage())
        other.exec("alter table doorbells rename to elsewhere")
        expect(yield* Effect.flip(feed.poll({ limit: 10, waitMs: 0 }))).toMatchObject({ _tag: "StoreUnavailable" })
        other.exec("alter table elsewhere rename to doorbells")
        other.close()
        expect((yield* feed.poll({ limit: 10, waitMs: 0 })).doorbells).toEqual([{ runId, key: "start" }])
        expect((yield* feed.poll({ limit: 10, waitMs: 0 })).doorbells).toEqual([])
      }),
      filename
    )
  })

  it("lists pages of a size that is no number as of the usual one", () =>
    inStore(
      Effect.gen(function* () {
        const { table } = yield* services
        yield* table.commitHead("r", newHead({ updatedAt: epoch }))
        for (const limit of [Number.NaN, 1.5, 0, -1]) expect((yield* table.list({ limit })).runs).toHaveLength(1)
      })
    ))
})
