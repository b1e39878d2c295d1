import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { Commits } from "../../src/store/commits.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { FreshRuns } from "../../src/store/sqlite/freshRuns.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { newHead, signalMessage, startMessage } from "./samples.ts"

// A run that this process has just put is read from memory, and must be what a read of the file would be.

const open = (filename: string) =>
  Effect.map(Layer.build(sqliteStore({ filename })), (store) => ({
    table: Context.get(store, RunTable),
    commits: Context.get(store, Commits)
  }))

const inTwo = (check: (one: Opened, other: Opened) => Effect.Effect<void, unknown>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const filename = join(temporaryFolder("fresh"), "runs.db")
        yield* check(yield* open(filename), yield* open(filename))
      })
    )
  )

type Opened = Effect.Success<ReturnType<typeof open>>

const cancel = { kind: "cancel", at: 1, reason: null } as const

describe("a run that was just put", () => {
  it("is read as it is, as often as one likes", () =>
    inTwo(
      Effect.fnUntraced(function* ({ table }, other) {
        yield* table.put("r", startMessage())
        const expected = { head: undefined, segments: [], messages: [startMessage()] }
        expect(yield* table.readRun("r")).toEqual(expected)
        expect(yield* table.readRun("r")).toEqual(expected)
        expect(yield* other.table.readRun("r")).toEqual(expected)
      })
    ))

  it("is read with what another process has put or committed since", () =>
    inTwo(
      Effect.fnUntraced(function* ({ table }, other) {
        yield* table.put("r", startMessage())
        yield* other.table.put("r", signalMessage("s", "1"))
        expect((yield* table.readRun("r")).messages).toHaveLength(2)
        yield* table.put("s", startMessage())
        yield* other.table.commitHead("s", newHead())
        expect((yield* table.readRun("s")).head).toEqual(newHead())
      })
    ))

  it("is read with what this process has put or committed since, be it in the same flush", () =>
    inTwo(
      Effect.fnUntraced(function* ({ commits, table }) {
        const put = [table.put("r", startMessage()), table.put("r", signalMessage("s", "1"))]
        yield* Effect.all(put, { concurrency: "unbounded" })
        expect((yield* table.readRun("r")).messages).toHaveLength(2)
        yield* table.put("s", startMessage())
        yield* table.commitHead("s", newHead())
        expect((yield* table.readRun("s")).head).toEqual(newHead())
        yield* table.put("t", startMessage())
        yield* commits.commit({ runId: "t", rows: [signalMessage("s", "1")], done: [] })
        expect((yield* table.readRun("t")).messages).toHaveLength(2)
      })
    ))

  it("is read with the rows that came before its start", () =>
    inTwo(
      Effect.fnUntraced(function* ({ table }, other) {
        yield* other.table.put("r", cancel)
        yield* table.put("r", startMessage())
        expect((yield* table.readRun("r")).messages).toHaveLength(2)
        yield* table.put("s", cancel)
        yield* table.put("s", startMessage())
        expect((yield* table.readRun("s")).messages).toHaveLength(2)
      })
    ))

  it("is not there where the transaction that was to put it was taken back", () => {
    const runs = new FreshRuns()
    const stands = runs.note("r", startMessage(), 1)
    expect(runs.find("r", () => 1)).toBeUndefined()
    stands()
    expect(runs.find("r", () => 1)?.messages).toEqual([startMessage()])
    expect(runs.find("r", () => 2)).toBeUndefined()
  })

  it("is forgotten with all others where statements of the user's may have written to it", () => {
    const runs = new FreshRuns()
    for (const runId of ["r", "s"]) runs.note(runId, startMessage(), 1)()
    runs.forgetAll()
    expect(["r", "s"].map((runId) => runs.find(runId, () => 1))).toEqual([undefined, undefined])
  })

  it("is forgotten behind a thousand others", () => {
    const runs = new FreshRuns()
    for (let i = 0; i <= 1_000; i++) runs.note(`r${i}`, startMessage(), 1)()
    expect(runs.find("r0", () => 1)).toBeUndefined()
    expect(runs.find("r1", () => 1)).toBeDefined()
  })
})

describe("whoever waits for the end of a run that was just put", () => {
  const ended = newHead({ status: "succeeded", outcome: { tag: "succeeded", payload: { json: "1" } } })
  const waitsIn = ({ table }: Opened, runId: string) => Effect.timeout(table.headChanged(runId, 600_000), "5 seconds")

  it("need not wait where this process has ended it by then", () =>
    inTwo(
      Effect.fnUntraced(function* (one) {
        yield* one.table.put("r", startMessage())
        yield* one.table.commitHead("r", ended)
        yield* waitsIn(one, "r")
        yield* Effect.all([one.table.put("s", startMessage()), one.table.commitHead("s", ended)], {
          concurrency: "unbounded"
        })
        yield* waitsIn(one, "s")
      })
    ))

  it("is told where another process has ended it before, whether that was noticed by then or not", () =>
    inTwo(
      Effect.fnUntraced(function* (one, other) {
        yield* one.table.put("r", startMessage())
        yield* other.table.commitHead("r", ended)
        yield* waitsIn(one, "r")
        yield* one.table.put("s", startMessage())
        yield* other.table.commitHead("s", ended)
        const noticed = yield* Effect.forkChild(one.table.headChanged("other", 600_000), { startImmediately: true })
        yield* Fiber.join(noticed)
        yield* waitsIn(one, "s")
      })
    ))

  it("does not look into the file, until there is a reason to", () => {
    const runs = new FreshRuns()
    const goOn = () => ["r", "s"].map((runId) => runs.goesOn(runId))
    expect(goOn()).toEqual([false, false])
    for (const runId of ["r", "s"]) runs.noteBegun(runId)
    expect(goOn()).toEqual([true, true])
    runs.noteStopped("r")
    expect(goOn()).toEqual([false, true])
    runs.noteOthers()
    expect(goOn()).toEqual([false, false])
    runs.noteBegun("s")
    runs.forgetAll()
    expect(goOn()).toEqual([false, false])
    for (let i = 0; i <= 10_000; i++) runs.noteBegun(`r${i}`)
    expect([runs.goesOn("r0"), runs.goesOn("r1")]).toEqual([false, true])
  })
})
