import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { type Database, openDatabase } from "../../src/store/sqlite/file/database.ts"
import { GroupCommit } from "../../src/store/sqlite/groupCommit.ts"
import { nodeProcess } from "../../src/store/sqlite/process/storeProcess.ts"

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)

it("a read that fails among others leaves no transaction open: the next write is taken", () =>
  run(
    Effect.gen(function* () {
      const engine = new Engine(openDatabase(":memory:"))
      const failing = engine.writes.readTogether("RunTable.readRun", () => {
        throw new Error("a row that is none")
      })
      expect(yield* Effect.flip(failing)).toMatchObject({ _tag: "StoreUnavailable", message: "a row that is none" })
      expect(yield* engine.writes.run("RunTable.put", () => "written")).toBe("written")
      expect(yield* engine.writes.readTogether("RunTable.readRun", () => "read")).toBe("read")
      engine.close()
    })
  ))

it("the last writes of a process that meet a lock are answered then: nobody comes back to them", () =>
  run(
    Effect.gen(function* () {
      const locked = Object.assign(new Error("database is locked"), { errcode: 5 })
      const fails = () => {
        throw locked
      }
      const later: Array<() => void> = []
      const database = {
        begin: fails,
        raw: { exec: fails },
        waitingForLock: (use: () => unknown) => use()
      } as unknown as Database
      const process = { ...nodeProcess, soon: () => undefined, after: (call: () => void) => later.push(call) as never }
      const around = { begins: () => undefined, ends: () => undefined }
      const writes = new GroupCommit(database, process, around, () => undefined)
      const writing = yield* Effect.forkChild(Effect.flip(writes.run("RunTable.put", () => "written")), {
        startImmediately: true
      })
      writes.flushLast()
      expect(yield* Fiber.join(writing)).toMatchObject({ _tag: "StoreUnavailable", operation: "RunTable.put" })
      expect(later).toEqual([])
    })
  ))
