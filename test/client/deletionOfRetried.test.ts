import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { Message } from "../../src/actor/history/message.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import type { RunTable } from "../../src/store/runTable.ts"
import { live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const openCode = () => {
  const isBroken = { now: true }
  const charge = defineStep("charge", {
    input: Schema.Int,
    output: Schema.Int,
    retry: { attempts: 1 },
    run: (n) => (isBroken.now ? Effect.die(new Error("out of order")) : Effect.succeed(n + 1))
  })
  const order = defineWorkflow("order", { input: Schema.Int, output: Schema.Int, run: (n) => charge(n) })
  return { isBroken, order, definitions: { workflows: [order], steps: [charge] } }
}

const until = Date.now() + 3_600_000

/** As whoever deletes it writes it first. */
const mark = Effect.fnUntraced(function* (table: RunTable["Service"], runId: string) {
  const head = yield* table.readHead(runId)
  if (head?.status !== "failed") throw new Error(`${runId} is ${head?.status}`)
  const { startedAt, status, updatedAt } = head
  const deletion = { generation: 0, until, was: { status, startedAt, updatedAt } }
  const now = Date.now()
  const marked = { ...head, version: head.version + 1, status: "deleted", startedAt: now - 1, updatedAt: now } as const
  expect(yield* table.commitHead(runId, { ...marked, deletion })).toMatchObject({ _tag: "Committed" })
})

/** Something happens right ahead of the request of a retry, and right behind it. */
const around = (
  table: RunTable["Service"],
  ahead: Effect.Effect<unknown, unknown>,
  behind: Effect.Effect<unknown, unknown>
) => {
  const { put } = table
  const met = { times: 0 }
  Object.assign(table, {
    put: (...[address, row]: Parameters<typeof put>) =>
      row.kind !== "repair" || met.times++ > 0
        ? put(address, row)
        : Effect.orDie(ahead).pipe(
            Effect.andThen(put(address, row)),
            Effect.tap(() => Effect.orDie(behind))
          )
  } satisfies Partial<RunTable["Service"]>)
  return met
}

onEachStore("a run that is deleted and retried at the same time", (newStore, store) => {
  live("is not deleted if the retry was there before its deletion was settled", () =>
    Effect.gen(function* () {
      const { definitions, isBroken, order } = openCode()
      const { client, host, table } = yield* (yield* newStore)(definitions)
      yield* Effect.flip(client.execute(order, { runId: "r", input: 1 }))
      isBroken.now = false
      const met = around(table, mark(table, "r"), host.purge())
      expect(yield* client.retry(order, "r")).toMatchObject({ how: "retry", generation: 1, isNew: true })
      expect(met.times).toBe(1)
      const before = yield* client.get("r", { generation: 0 })
      expect(before.status === "failed" || before.status === "continued").toBe(true)
      // Whoever was rung for it on AWS has put it off for half a minute, until it is known whether there is such a run.
      if (store === "sqlite") expect(yield* client.wait(order, "r")).toBe(2)
    })
  )

  live("is deleted if the retry comes behind its tombstone, and whoever asks for it is told", () =>
    Effect.gen(function* () {
      const { definitions, order } = openCode()
      const { client, table } = yield* (yield* newStore)(definitions)
      yield* Effect.flip(client.execute(order, { runId: "r", input: 1 }))
      const entomb = table.entomb("r", { kind: "deleted", at: Date.now(), until, generation: 0 })
      const met = around(table, Effect.andThen(mark(table, "r"), entomb), Effect.void)
      const refused = yield* Effect.flip(client.retry(order, "r", { requestId: "again" }))
      expect(met.times).toBe(1)
      expect(refused).toMatchObject({ _tag: "RunNotFound", runId: "r", takenUntil: until })
    })
  )

  live("is deleted if the retry comes behind its tombstone, and whoever asks for it once more is told", () =>
    Effect.gen(function* () {
      const { definitions, order } = openCode()
      const { client, table } = yield* (yield* newStore)(definitions)
      yield* Effect.flip(client.execute(order, { runId: "r", input: 1 }))
      const { put, readMessage } = table
      let row: Message | undefined
      Object.assign(table, {
        // Whoever asks first dies with the row under way.
        put: (...[address, one]: Parameters<typeof put>) =>
          Effect.suspend(() => {
            if (one.kind !== "repair" || row !== undefined) return put(address, one)
            row = one
            return Effect.die(new Error("its process died"))
          }),
        // And whoever asks again meets it, which came when the run was being deleted.
        readMessage: (...[address, key]: Parameters<typeof readMessage>) =>
          Effect.gen(function* () {
            if (key === "repair/again" && row !== undefined && (yield* readMessage(address, key)) === undefined) {
              yield* Effect.orDie(mark(table, "r"))
              yield* Effect.orDie(put(address, row))
              yield* Effect.orDie(table.entomb("r", { kind: "deleted", at: Date.now(), until, generation: 0 }))
            }
            return yield* readMessage(address, key)
          })
      } satisfies Partial<RunTable["Service"]>)
      yield* Effect.exit(client.retry(order, "r", { requestId: "again" }))
      const refused = yield* Effect.flip(client.retry(order, "r", { requestId: "again" }))
      expect(refused).toMatchObject({ _tag: "RunNotFound", runId: "r", takenUntil: until })
    })
  )

  live("is not there for whoever plans a retry as it is deleted", () =>
    Effect.gen(function* () {
      const { definitions, order } = openCode()
      const { client, table } = yield* (yield* newStore)(definitions)
      yield* Effect.flip(client.execute(order, { runId: "r", input: 1 }))
      const { readRun } = table
      const entomb = table.entomb("r", { kind: "deleted", at: Date.now(), until, generation: 0 })
      let isMet = false
      Object.assign(table, {
        readRun: (address: string) =>
          Effect.gen(function* () {
            if (!isMet) {
              isMet = true
              yield* Effect.orDie(mark(table, "r"))
              yield* Effect.orDie(entomb)
            }
            return yield* readRun(address)
          })
      } satisfies Partial<RunTable["Service"]>)
      const refused = yield* Effect.flip(client.retry(order, "r"))
      expect(refused).toMatchObject({ _tag: "RunNotFound", runId: "r", takenUntil: until })
    })
  )

  live("is told so where it asks for a fork under the id of a run that was deleted", () =>
    Effect.gen(function* () {
      const { definitions, order } = openCode()
      const { client } = yield* (yield* newStore)(definitions)
      yield* Effect.flip(client.execute(order, { runId: "r", input: 1 }))
      yield* client.fork(order, "r", { at: 1, runId: "f" })
      yield* Effect.flip(client.wait(order, "f"))
      const { takenUntil } = yield* client.delete("f", { scrub: false })
      const refused = yield* Effect.flip(client.fork(order, "r", { at: 1, runId: "f" }))
      expect(refused).toMatchObject({ _tag: "RunDeleted", runId: "f", takenUntil })
    })
  )
})
