import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { StartMessage } from "../../src/actor/history/message.ts"
import { ChangeFeed } from "../../src/store/changeFeed.ts"
import { Commits, type HeadCommit } from "../../src/store/commits.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { sqliteCommits } from "../../src/store/sqlite/sqliteCommits.ts"
import { SqliteQueue } from "../../src/store/sqlite/sqliteQueue.ts"
import { sqliteRunTable } from "../../src/store/sqlite/sqliteRunTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { newHead, signalMessage, startMessage } from "./samples.ts"

// A turn that goes ahead of its start's flush: its commit stands if that very start does, with nothing beside it.

const open = (filename: string) =>
  Effect.gen(function* () {
    const store = yield* Layer.build(sqliteStore({ filename }))
    const table = Context.get(store, RunTable)
    const feed = Context.get(store, ChangeFeed)
    const told: Array<{ readonly runId: string; readonly start: StartMessage }> = []
    yield* feed.onStart?.((runId, start) => void told.push({ runId, start })) ?? Effect.void
    return { table, commits: Context.get(store, Commits), feed, told }
  })

const onFile = (check: (filename: string) => Effect.Effect<void, unknown, Scope.Scope>) =>
  Effect.runPromise(Effect.scoped(Effect.suspend(() => check(join(temporaryFolder("starts"), "runs.db")))))

const bellsIn = (filename: string) => {
  const file = new DatabaseSync(filename)
  try {
    return file.prepare("select run, key from doorbells order by run, key").all()
  } finally {
    file.close()
  }
}

const firstCommit: HeadCommit = {
  head: newHead(),
  adopted: ["start"],
  segments: [],
  steps: [],
  timers: [],
  clearTimers: [],
  notices: [],
  emitted: [],
  openIndexes: []
}

const begin = (commits: Commits["Service"], runId: string, begins: StartMessage) =>
  commits.commit({ runId, rows: [], done: [], begins, head: firstCommit })

const together = <A, B>(first: Effect.Effect<A, unknown>, second: Effect.Effect<B, unknown>) =>
  Effect.all([first, second], { concurrency: "unbounded" })

describe("a turn that goes ahead of its start", () => {
  it("is told of the start before that is durable, and stands with it: nobody is rung", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { commits, feed, table, told } = yield* open(filename)
        const start = startMessage()
        const putting = yield* Effect.forkChild(table.put("r", start), { startImmediately: true })
        expect(told).toEqual([{ runId: "r", start }])
        expect(yield* table.readRun("r")).toEqual({ head: undefined, segments: [], messages: [] })
        expect(yield* begin(commits, "r", start)).toMatchObject({ _tag: "Committed" })
        expect(yield* Fiber.join(putting)).toEqual({ _tag: "Inserted" })
        expect((yield* table.readHead("r"))?.version).toBe(1)
        expect((yield* feed.poll({ limit: 10, waitMs: 0 })).doorbells).toEqual([])
        expect(bellsIn(filename)).toEqual([])
      })
    ))

  it("stands in a later flush, too, and then the doorbell goes", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { commits, table } = yield* open(filename)
        const start = startMessage()
        yield* table.put("r", start)
        expect(bellsIn(filename)).toEqual([{ run: "r", key: "start" }])
        expect(yield* begin(commits, "r", start)).toMatchObject({ _tag: "Committed" })
        expect(bellsIn(filename)).toEqual([])
      })
    ))

  it("rings for a start that no commit adopts", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { feed, table } = yield* open(filename)
        yield* table.put("r", startMessage())
        expect(bellsIn(filename)).toEqual([{ run: "r", key: "start" }])
        expect((yield* feed.poll({ limit: 10, waitMs: 0 })).doorbells).toEqual([{ runId: "r", key: "start" }])
      })
    ))

  it("falls with a start in whose place there is another", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { commits, table } = yield* open(filename)
        const other = yield* open(filename)
        const theirs = startMessage({ input: { json: "1" }, fingerprint: "theirs" })
        yield* other.table.put("r", theirs)
        const ours = startMessage({ input: { json: "2" }, fingerprint: "ours" })
        const [put, committed] = yield* together(table.put("r", ours), begin(commits, "r", ours))
        expect(put).toEqual({ _tag: "Exists", message: theirs })
        expect(committed).toEqual({ _tag: "Conflict", head: undefined })
        expect(yield* table.readRun("r")).toEqual({ head: undefined, segments: [], messages: [theirs] })
        expect(bellsIn(filename)).toEqual([{ run: "r", key: "start" }])
      })
    ))

  it("falls with a start that differs in no more than what it brings to the run", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { commits, table } = yield* open(filename)
        yield* table.put("r", startMessage())
        const later = startMessage({ at: startMessage().at + 1 })
        const [, committed] = yield* together(table.put("r", later), begin(commits, "r", later))
        expect(committed).toEqual({ _tag: "Conflict", head: undefined })
        expect(yield* table.readHead("r")).toBeUndefined()
      })
    ))

  it("falls if another row has come before the start, which then rings", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { commits, table } = yield* open(filename)
        yield* table.put("r", signalMessage("s", "1"))
        const start = startMessage()
        const [put, committed] = yield* together(table.put("r", start), begin(commits, "r", start))
        expect(put).toEqual({ _tag: "Inserted" })
        expect(committed).toEqual({ _tag: "Conflict", head: undefined })
        expect(yield* table.readHead("r")).toBeUndefined()
        expect(bellsIn(filename)).toContainEqual({ run: "r", key: "start" })
      })
    ))

  it("falls with a start that the store refuses, and with no other write of that flush", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const { commits, table } = yield* open(filename)
        const start = startMessage({ at: 2 ** 60 })
        const good = startMessage()
        const [refused, committed, , stands] = yield* Effect.all(
          [
            Effect.exit(table.put("r", start)),
            begin(commits, "r", start),
            table.put("good", good),
            begin(commits, "good", good)
          ],
          { concurrency: "unbounded" }
        )
        expect(Exit.isFailure(refused)).toBe(true)
        expect(committed).toEqual({ _tag: "Conflict", head: undefined })
        expect(stands).toMatchObject({ _tag: "Committed" })
        expect(yield* table.readRun("r")).toEqual({ head: undefined, segments: [], messages: [] })
        expect(bellsIn(filename)).toEqual([])
      })
    ))

  it("falls with a start whose flush was taken back", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const engine = yield* Effect.acquireRelease(
          Effect.sync(() => new Engine(openDatabase(filename))),
          (opened) => Effect.sync(() => opened.close())
        )
        const table = sqliteRunTable(engine)
        const commits = sqliteCommits(engine, new SqliteQueue(engine))
        const ours = startMessage({ input: { json: "2" } })
        let tries = 0
        const [, put, , committed] = yield* Effect.all(
          [
            // Where each flush is tried once more after the last write has failed it, another process may be first.
            engine.writes.run("test", () => {
              const body = JSON.stringify(startMessage())
              if (++tries === 2)
                engine.database.sql("insert into inbox values ('r', 'start', ?, ?)").run(startMessage().at, body)
            }),
            table.put("r", ours),
            Effect.exit(
              engine.writes.run("test", () => {
                throw new Error("is never taken")
              })
            ),
            begin(commits, "r", ours)
          ],
          { concurrency: "unbounded" }
        )
        expect(put._tag).toBe("Exists")
        expect(committed).toEqual({ _tag: "Conflict", head: undefined })
        expect(yield* table.readHead("r")).toBeUndefined()
      })
    ))

  it("is told of nothing any more by a feed that it has left", () =>
    onFile(
      Effect.fnUntraced(function* (filename) {
        const store = yield* Layer.build(sqliteStore({ filename }))
        const told: Array<string> = []
        const listen = Context.get(store, ChangeFeed).onStart?.((runId) => void told.push(runId)) ?? Effect.void
        yield* Effect.scoped(Effect.andThen(listen, Context.get(store, RunTable).put("one", startMessage())))
        yield* Context.get(store, RunTable).put("two", startMessage())
        expect(told).toEqual(["one"])
      })
    ))
})
