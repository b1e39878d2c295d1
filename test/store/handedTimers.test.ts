import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { openOrigins } from "../../src/store/sqlite/process/claims.ts"
import { sqliteCommits } from "../../src/store/sqlite/sqliteCommits.ts"
import { SqliteQueue, sqliteStepQueue, sqliteTimers } from "../../src/store/sqlite/sqliteQueue.ts"
import type { Timer } from "../../src/store/timers.ts"
import { epoch, newHead } from "./samples.ts"

// Timers that SQLite's queue claims on the way in. Time is virtual, and nobody is told of what other openings write but by hand.

const visibilityMs = 30_000
const due = epoch + 10_000
const timer: Timer = { runId: "r", key: "sleep#0", due }

const test = (name: string, effect: Effect.Effect<void, unknown, Scope.Scope>): void => {
  const atEpoch = Effect.andThen(TestClock.setTime(epoch), effect)
  it(name, () => Effect.runPromise(Effect.scoped(atEpoch).pipe(Effect.provide(TestClock.layer()))))
}

const tempFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "dynactor-timers-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "runs.db")
)

const open = Effect.fnUntraced(function* (filename = ":memory:") {
  let isOpen = true
  const engine = new Engine(openDatabase(filename))
  const queue = new SqliteQueue(engine)
  const stepQueue = sqliteStepQueue(engine, queue)
  const close = Effect.sync(() => {
    if (isOpen) engine.close()
    isOpen = false
  })
  yield* Effect.addFinalizer(() => close)
  return {
    engine,
    close,
    stepQueue,
    timers: sqliteTimers(engine, queue),
    commits: sqliteCommits(engine, queue),
    receive: (limit = 10) => stepQueue.receive({ limit, waitMs: 0, visibilityMs, lane: "prompt" }),
    rows: () => engine.database.sql("select visible_at, receives, owner from queue order by id").all(),
    changes: () => engine.database.sql("select total_changes() as n").get()?.n as number
  }
})

type Opening = Effect.Success<ReturnType<typeof open>>

/** From now on it claims on the way in. */
const openReceiving = (filename?: string) => Effect.tap(open(filename), (opening) => opening.receive())

const keysAt = Effect.fnUntraced(function* ({ receive }: Opening, time: number) {
  yield* TestClock.setTime(time)
  return (yield* receive()).map(({ message }) => (message.kind === "wake" ? "wake" : message.key))
})

describe("a handed timer", () => {
  test(
    "comes at its time, once, and nothing is written for it",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* opening.timers.schedule(timer)
      const before = opening.changes()
      expect(yield* keysAt(opening, due - 1)).toEqual([])
      yield* TestClock.setTime(due)
      const [delivery, ...others] = yield* opening.receive()
      expect(delivery).toMatchObject({ receives: 1, message: { kind: "timer", ...timer, token: null, notBefore: due } })
      expect(others).toEqual([])
      expect(yield* opening.receive()).toEqual([])
      expect(opening.changes()).toBe(before)
      if (delivery === undefined) throw new Error("no timer")
      expect(yield* opening.stepQueue.renew(delivery, visibilityMs)).toBe(true)
      yield* opening.stepQueue.complete([delivery])
      expect(opening.rows()).toEqual([])
    })
  )

  test(
    "is in the table too, hidden until some time after it is due",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* opening.timers.schedule(timer)
      yield* opening.stepQueue.send([{ kind: "wake", runId: "r", notBefore: epoch - 5_000 }])
      const owner = opening.engine.origin
      expect(opening.rows()).toEqual([
        { visible_at: due + visibilityMs, receives: 1, owner },
        { visible_at: epoch + visibilityMs, receives: 1, owner }
      ])
      expect(yield* keysAt(opening, epoch)).toEqual(["wake"])
    })
  )

  test(
    "comes before later ones, whatever the order in which they were set, and no more of them than asked for",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      for (const at of [4, 1, 3, 0, 2]) yield* opening.timers.schedule({ ...timer, key: `sleep#${at}`, due: due + at })
      yield* TestClock.setTime(due + 3)
      const keys = (limit: number) =>
        Effect.map(opening.receive(limit), (found) => found.map(({ message }) => "key" in message && message.key))
      expect(yield* keys(3)).toEqual(["sleep#0", "sleep#1", "sleep#2"])
      expect(yield* keys(3)).toEqual(["sleep#3"])
      expect(yield* keysAt(opening, due + 4)).toEqual(["sleep#4"])
    })
  )

  test(
    "that nobody is done with comes again when its visibility ends",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* opening.timers.schedule(timer)
      expect(yield* keysAt(opening, due)).toEqual(["sleep#0"])
      expect(yield* keysAt(opening, due + visibilityMs - 1)).toEqual([])
      yield* TestClock.setTime(due + visibilityMs)
      expect(yield* opening.receive()).toMatchObject([{ receives: 2 }])
    })
  )

  test(
    "is not made where nobody receives what is prompt",
    Effect.gen(function* () {
      const opening = yield* open()
      yield* opening.stepQueue.receive({ limit: 1, waitMs: 0, visibilityMs, lane: "steps" })
      yield* opening.timers.schedule(timer)
      expect(opening.rows()).toEqual([{ visible_at: due, receives: 0, owner: null }])
      expect(yield* keysAt(opening, due)).toEqual(["sleep#0"])
    })
  )

  test(
    "is not made of those for which there is no room, and they fire all the same",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      const many = Array.from({ length: 20_003 }, (_, index) => ({
        ...timer,
        kind: "timer" as const,
        key: `sleep#${index}`,
        index,
        token: null,
        notBefore: due
      }))
      yield* opening.stepQueue.send(many.slice(3))
      yield* opening.stepQueue.send(many.slice(0, 3))
      expect(opening.rows().filter(({ owner }) => owner === null)).toHaveLength(3)
      yield* TestClock.setTime(due)
      const handed = yield* opening.receive(many.length)
      const claimed = yield* opening.receive(many.length)
      expect([handed.length, claimed.length]).toEqual([20_000, 3])
      expect(new Set([...handed, ...claimed].map(({ receipt }) => receipt)).size).toBe(many.length)
    })
  )
})

describe("a handed timer that is cleared", () => {
  /** Neither now nor when it would be visible to all. */
  const expectSilence = Effect.fnUntraced(function* (opening: Opening) {
    expect(yield* keysAt(opening, due)).toEqual([])
    expect(yield* keysAt(opening, due + visibilityMs)).toEqual([])
  })

  test(
    "does not fire, and those beside it do",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      const other = { ...timer, key: "sleep#1", due: due - 1 }
      yield* opening.timers.schedule(timer)
      yield* opening.timers.schedule(other)
      yield* opening.timers.clear(timer)
      const [first] = yield* Effect.andThen(TestClock.setTime(due - 1), opening.receive())
      expect(first?.message).toMatchObject(other)
      if (first !== undefined) yield* opening.stepQueue.complete([first])
      yield* expectSilence(opening)
    })
  )

  test(
    "by the commit that drops it, does not fire",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      const commit = (version: number, timers: ReadonlyArray<Timer>, clearTimers: ReadonlyArray<Timer>) =>
        opening.commits.commit({
          runId: timer.runId,
          rows: [],
          done: [],
          head: {
            head: newHead({ version }),
            adopted: [],
            segments: [],
            steps: [],
            timers: timers.map((one) => ({ ...one, index: 1 })),
            clearTimers,
            notices: [],
            openIndexes: []
          }
        })
      yield* commit(1, [timer], [])
      expect(opening.rows()).toMatchObject([{ owner: opening.engine.origin }])
      yield* commit(2, [], [timer])
      yield* expectSilence(opening)
    })
  )

  test(
    "and set again, fires once",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* opening.timers.schedule(timer)
      yield* opening.timers.schedule(timer)
      yield* opening.timers.clear(timer)
      yield* opening.timers.schedule(timer)
      expect(opening.rows()).toHaveLength(1)
      expect(yield* keysAt(opening, due)).toEqual(["sleep#0"])
    })
  )
})

describe("a transaction that is rolled back", () => {
  /** A disk that cannot be written (SQLITE_IOERR): whatever else is in the flush fails with it, and has not happened. */
  const failing = ({ engine }: Opening, effect: Effect.Effect<unknown, unknown>) => {
    const broken = engine.writes.run("broken", () => {
      throw Object.assign(new Error("disk I/O error"), { errcode: 10 })
    })
    return Effect.map(Effect.all([Effect.exit(effect), Effect.exit(broken)], { concurrency: 2 }), (exits) =>
      expect(exits.map(({ _tag }) => _tag)).toEqual(["Failure", "Failure"])
    )
  }

  test(
    "hands over no timer that it would have set",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* failing(opening, opening.timers.schedule(timer))
      expect(opening.rows()).toEqual([])
      expect(yield* keysAt(opening, due)).toEqual([])
      expect(yield* keysAt(opening, due + visibilityMs)).toEqual([])
    })
  )

  test(
    "leaves one that it would have cleared",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* opening.timers.schedule(timer)
      yield* failing(opening, opening.timers.clear(timer))
      expect(yield* keysAt(opening, due)).toEqual(["sleep#0"])
    })
  )

  test(
    "leaves the one before, of one that it would have set again",
    Effect.gen(function* () {
      const opening = yield* openReceiving()
      yield* opening.timers.schedule(timer)
      yield* failing(opening, opening.timers.schedule(timer))
      yield* TestClock.setTime(due)
      const received = yield* opening.receive()
      expect(received).toHaveLength(1)
      yield* opening.stepQueue.complete(received)
      expect(opening.rows()).toEqual([])
      expect(yield* keysAt(opening, due + visibilityMs)).toEqual([])
    })
  )
})

describe("a timer handed in an opening of the file that is no more, from another one", () => {
  /** Its claims are left as they are: what a process leaves behind that is killed. */
  const die = ({ engine }: Opening) => Effect.sync(() => openOrigins.delete(engine.origin))

  const expectAtItsTime = Effect.fnUntraced(function* (opening: Opening) {
    expect(yield* keysAt(opening, epoch + 1)).toEqual([])
    expect(yield* keysAt(opening, due - 1)).toEqual([])
    yield* TestClock.setTime(due)
    expect(yield* opening.receive()).toMatchObject([{ receives: 2, message: timer }])
    expect(yield* keysAt(opening, due + visibilityMs - 1)).toEqual([])
  })

  test(
    "fires at its time, if it was closed",
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openReceiving(filename)
      yield* first.timers.schedule(timer)
      yield* first.close
      const second = yield* open(filename)
      expect(second.rows()).toEqual([{ visible_at: due, receives: 1, owner: null }])
      yield* expectAtItsTime(second)
    })
  )

  test(
    "fires at its time, if it was closed beside one that is open",
    Effect.gen(function* () {
      const filename = yield* tempFile
      const second = yield* openReceiving(filename)
      const first = yield* openReceiving(filename)
      yield* first.timers.schedule(timer)
      yield* first.close
      second.engine.messages.notifyForeign()
      yield* expectAtItsTime(second)
    })
  )

  test(
    "fires at its time, if it has died and the file is opened again",
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openReceiving(filename)
      yield* first.timers.schedule(timer)
      yield* die(first)
      yield* expectAtItsTime(yield* open(filename))
    })
  )

  test(
    "waits for its visibility if it has died and nobody opens the file, or for whoever does",
    Effect.gen(function* () {
      const filename = yield* tempFile
      const second = yield* openReceiving(filename)
      const first = yield* openReceiving(filename)
      yield* first.timers.schedule(timer)
      yield* first.timers.schedule({ ...timer, key: "sleep#1" })
      yield* die(first)
      second.engine.messages.notifyForeign()
      expect(yield* keysAt(second, due + visibilityMs - 1)).toEqual([])
      yield* open(filename)
      second.engine.messages.notifyForeign()
      expect(yield* keysAt(second, due + visibilityMs - 1)).toEqual(["sleep#0", "sleep#1"])
    })
  )

  test(
    "is left alone as long as that one is there",
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openReceiving(filename)
      yield* first.timers.schedule(timer)
      const second = yield* openReceiving(filename)
      expect(yield* keysAt(second, due)).toEqual([])
      expect(yield* keysAt(first, due)).toEqual(["sleep#0"])
    })
  )
})
