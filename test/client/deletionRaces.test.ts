import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { lookAgain } from "../../src/client/openNewest.ts"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const quick = defineWorkflow("quick", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n + 1) })
const told = defineSignal("told", Schema.Int)
const code = { workflows: [quick] }

const until = Date.now() + 3_600_000

/** As whoever deletes it writes it first. `more`: of what it writes next. */
const mark = Effect.fnUntraced(function* (
  table: RunTable["Service"],
  runId: string,
  more: Partial<NonNullable<Head["deletion"]>> = {}
) {
  const head = yield* table.readHead(runId)
  if (head?.status !== "succeeded") throw new Error(`${runId} is ${head?.status}`)
  const { startedAt, status, updatedAt } = head
  const deletion = { generation: 0, until, was: { status, startedAt, updatedAt }, ...more }
  const now = Date.now()
  const marked = { ...head, version: head.version + 1, status: "deleted", startedAt: now - 1, updatedAt: now } as const
  expect(yield* table.commitHead(runId, { ...marked, deletion })).toMatchObject({ _tag: "Committed" })
})

/** As somebody has done who had looked at the run before its head said that it is deleted. */
const askAgain = Effect.fnUntraced(function* (table: RunTable["Service"], runId: string) {
  const start = yield* table.readMessage(runId, "start")
  if (start?.kind !== "start") throw new Error("it has no start")
  const { definitionVersion, fingerprint, input, workflow } = start
  const row = { kind: "restart", at: Date.now(), id: "again", policy: "afterFinish" } as const
  yield* table.put(runId, { ...row, definitionVersion, fingerprint, input, workflow })
  yield* table.raiseMark(runId, "asked", { to: 1, above: 0 })
})

onEachStore("a run of which nobody can say yet whether it is deleted", (newStore) => {
  live("is there for whoever asks as it was, until that is settled", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "r", input: 1 })
      const before = yield* client.get("r")
      const history = yield* client.history("r")
      yield* mark(table, "r")
      expect(yield* client.get("r")).toEqual(before)
      expect(yield* client.get("r", { generation: 0 })).toEqual(before)
      expect(yield* client.history("r")).toEqual(history)
      expect(yield* client.wait(quick, "r")).toBe(2)
      expect(yield* Effect.flip(client.signal("r", told, 1))).toMatchObject({ _tag: "RunFinished" })
      const rejected = client.start(quick, { runId: "r", input: 1, policy: "reject", requestId: "other" })
      expect(yield* Effect.flip(rejected)).toMatchObject({ _tag: "RunExists" })
      const head = yield* table.readHead("r")
      if (head?.deletion === undefined) throw new Error("nobody deletes it")
      const deletion = { ...head.deletion, isSettled: true } as const
      yield* table.commitHead("r", { ...head, version: head.version + 1, deletion })
      for (const asked of [client.get("r"), client.get("r", { generation: 0 }), client.signal("r", told, 1)])
        expect(yield* Effect.flip(Effect.asVoid<unknown, { readonly _tag: string }, never>(asked))).toMatchObject({
          _tag: "RunNotFound"
        })
    })
  )

  live("takes a signal for a start that was accepted before", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "r", input: 1 })
      yield* mark(table, "r")
      yield* askAgain(table, "r")
      const sent = yield* Effect.forkChild(client.signal("r", told, 1, { id: "one" }))
      const row = table.readMessage(addressOf("r", 1), "signal/told/one")
      const isUnderWay = Effect.map(row, (there) => there !== undefined || sent.pollUnsafe() !== undefined)
      yield* eventually("the signal is sent, or refused", isUnderWay)
      yield* eventually("a pass", host.purge())
      yield* Fiber.join(sent)
      expect(yield* row).toMatchObject({ kind: "signal" })
    })
  )
})

onEachStore("a run that is deleted and started once more at the same time", (newStore) => {
  live("is not deleted if that start was accepted before its head said so", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "r", input: 1 })
      yield* client.execute(quick, { runId: "other", input: 5 })
      yield* mark(table, "r")
      // Whoever has put it had looked before.
      const start = yield* table.readMessage("other", "start")
      if (start?.kind !== "start") throw new Error("it has no start")
      const { definitionVersion, fingerprint, input, workflow } = start
      const at = Date.now()
      yield* table.put("r", {
        kind: "restart",
        at,
        id: "again",
        policy: "afterFinish",
        definitionVersion,
        fingerprint,
        input,
        workflow
      })
      yield* table.raiseMark("r", "asked", { to: 1, above: 0 })
      expect(yield* eventually("a pass", host.purge())).toMatchObject({ finished: 0, failed: 0 })
      // Whoever was rung for that start has put it off until it is known whether there is such a run.
      const head = yield* table.readHead("r")
      expect(head).toMatchObject({ status: "succeeded", version: 3 })
      expect(head?.deletion).toBeUndefined()
      expect(yield* client.get("r", { generation: 0 })).toMatchObject({ status: "succeeded" })
    })
  )

  live("is deleted if that start comes behind its tombstone, and whoever asks for it is told", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "r", input: 1 })
      const { put } = table
      let isMet = false
      Object.assign(table, {
        put: (...[address, row]: Parameters<typeof put>) =>
          Effect.gen(function* () {
            if (row.kind === "restart" && !isMet) {
              isMet = true
              yield* mark(table, "r")
              yield* table.entomb("r", { kind: "deleted", at: Date.now(), until, generation: 0 })
            }
            return yield* put(address, row)
          })
      } satisfies Partial<RunTable["Service"]>)
      const refused = yield* Effect.flip(client.start(quick, { runId: "r", input: 2, policy: "afterFinish" }))
      expect(isMet).toBe(true)
      expect(refused).toMatchObject({ _tag: "RunDeleted", runId: "r", takenUntil: until })
    })
  )

  live("is not paused, resumed or terminated for that start, and whoever asks for it is told", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)(code)
      const { put } = table
      const decisions = {
        pause: (runId: string) => client.pause(runId),
        resume: (runId: string) => client.resume(runId),
        terminate: (runId: string) => client.terminate(runId)
      }
      for (const [kind, decide] of Object.entries(decisions)) {
        yield* client.execute(quick, { runId: kind, input: 1 })
        // Whoever has asked for that start has not looked yet whether it comes too late.
        yield* table.raiseMark(kind, "asked", { to: 1, above: 0 })
        let isMet = false
        Object.assign(table, {
          put: (...[address, row]: Parameters<typeof put>) =>
            Effect.gen(function* () {
              if (row.kind === kind && !isMet) {
                isMet = true
                yield* mark(table, kind, { isSettled: true })
                yield* table.entomb(kind, { kind: "deleted", at: Date.now(), until, generation: 0 })
              }
              return yield* put(address, row)
            })
        } satisfies Partial<RunTable["Service"]>)
        expect(yield* Effect.flip(decide(kind))).toMatchObject({ _tag: "RunNotFound", runId: kind, takenUntil: until })
        expect(isMet).toBe(true)
      }
    })
  )

  live("is not waited for in a generation that was asked for too late", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "r", input: 1 })
      const unbegun = { address: addressOf("r", 1), head: undefined }
      const look = Effect.provideService(lookAgain("r", unbegun, 1_000), RunTable, table)
      yield* mark(table, "r")
      // It may be taken back.
      expect(yield* look).toEqual(unbegun)
      yield* table.entomb("r", { kind: "deleted", at: Date.now(), until, generation: 0 })
      expect(yield* Effect.flip(look)).toMatchObject({ _tag: "RunNotFound", takenUntil: until })
    })
  )

  live("leaves no tombstone where another pass has come to its end meanwhile", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client, host, table } = yield* open(code)
      yield* client.execute(quick, { runId: "r", input: 1 })
      // Its process has died right before the tombstone, which would be over by now.
      yield* mark(table, "r", { isSettled: true, until: Date.now() - 1 })
      const other = yield* open(code)
      const { readMessage } = table
      let isMet = false
      Object.assign(table, {
        readMessage: (...[address, key]: Parameters<typeof readMessage>) =>
          Effect.gen(function* () {
            if (!isMet && address === "r" && key === "start") {
              isMet = true
              yield* eventually(
                "all of it is gone",
                Effect.andThen(
                  other.host.purge(),
                  Effect.map(other.table.readHead("r"), (head) => head === undefined)
                )
              )
            }
            return yield* readMessage(address, key)
          })
      } satisfies Partial<RunTable["Service"]>)
      yield* eventually(
        "a pass has met it",
        Effect.map(host.purge(), () => isMet)
      )
      expect(yield* table.readMessage("r", "start")).toBeUndefined()
      expect(yield* client.start(quick, { runId: "r", input: 2 })).toMatchObject({ isNew: true })
      expect(yield* client.wait(quick, "r")).toBe(3)
    })
  )
})
