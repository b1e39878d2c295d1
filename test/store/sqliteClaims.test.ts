import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { expect, it, vi } from "vitest"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { isAlive, newOrigin } from "../../src/store/sqlite/process/claims.ts"
import { nodeProcess } from "../../src/store/sqlite/process/storeProcess.ts"
import { SqliteQueue, sqliteStepQueue } from "../../src/store/sqlite/sqliteQueue.ts"
import { epoch, stepRequest } from "./samples.ts"

const visibilityMs = 10_000
const stoodStillMs = 60_000

it("claims a message from the moment in which that is written, though its process has stood still since it asked", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const flushes: Array<() => void> = []
      const engine = new Engine(openDatabase(":memory:"), { ...nodeProcess, soon: (call) => void flushes.push(call) })
      const queue = sqliteStepQueue(engine, new SqliteQueue(engine))
      const flush = Effect.sync(() => {
        for (const one of flushes.splice(0)) one()
      })
      const sending = yield* Effect.forkChild(queue.send([stepRequest("r", "a#0")]), { startImmediately: true })
      yield* flush
      yield* Fiber.join(sending)
      const receiving = yield* Effect.forkChild(queue.receive({ limit: 1, waitMs: 0, visibilityMs }), {
        startImmediately: true
      })
      expect(flushes).toHaveLength(1)
      yield* TestClock.adjust(stoodStillMs)
      yield* flush
      expect(yield* Fiber.join(receiving)).toHaveLength(1)
      const [row] = engine.database.sql("select visible_at from queue").all()
      expect(row?.visible_at).toBe(epoch + stoodStillMs + visibilityMs)
      engine.close()
    }).pipe((test) => Effect.andThen(TestClock.setTime(epoch), test), Effect.provide(TestClock.layer()))
  ))

it.each([
  ["EPERM", true],
  ["ESRCH", false]
])("a process that cannot be asked for %s is there: %s", (code, isThere) => {
  const kill = vi.spyOn(process, "kill").mockImplementation(() => {
    throw Object.assign(new Error(code), { code })
  })
  try {
    const [, random, namespace] = newOrigin().split(":")
    expect(isAlive([process.pid + 1, random, namespace].join(":"))).toBe(isThere)
  } finally {
    kill.mockRestore()
  }
})
