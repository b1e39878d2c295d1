import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { addressOf } from "../../../src/actor/history/generation.ts"
import type { RestartMessage, StartMessage } from "../../../src/actor/history/message.ts"
import { putRestart } from "../../../src/client/starting/restart.ts"
import { findNewest } from "../../../src/store/generations/newest.ts"
import { toBegin } from "../../../src/store/generations/starts.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { SentBefore } from "../../../src/store/sending/sentBefore.ts"
import { sqliteStore } from "../../../src/store/sqlite/sqliteStore.ts"
import { newHead, startMessage } from "../../store/samples.ts"

const asked: RestartMessage = {
  kind: "restart",
  at: 1,
  id: "click",
  policy: "replace",
  workflow: "w",
  definitionVersion: "1",
  fingerprint: "1",
  input: { json: "1" }
}
const ended = { tag: "succeeded", payload: { json: "1" } } as const

/** Asks a run that has ended to start again; `meanwhile`: between the row and all that comes behind it. */
const afterAsking = (meanwhile: (table: RunTable["Service"]) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const table = Context.get(yield* Layer.build(sqliteStore({ filename: ":memory:" })), RunTable)
    yield* table.put("r", startMessage())
    yield* table.commitHead("r", newHead({ status: "succeeded", outcome: ended }))
    const put: typeof table.put = (address, row) =>
      Effect.tap(table.put(address, row), () => (row === asked ? Effect.orDie(meanwhile(table)) : Effect.void))
    const ask = putRestart("r", asked, true, new SentBefore())
    yield* Effect.provideService(ask, RunTable, { ...table, put })
    const newest = yield* Effect.provideService(findNewest("r"), RunTable, table)
    const next = yield* Effect.provideService(toBegin(newest), RunTable, table)
    return { isToBegin: next !== newest, newest: newest.address }
  })

it("what is sent behind a request goes to the start that is to come", async () => {
  const told = await Effect.runPromise(Effect.scoped(afterAsking(() => Effect.void)))
  expect(told).toEqual({ isToBegin: true, newest: "r" })
})

it("who has asked and comes late finds that start over: what is sent then goes to no other, which nobody would begin", async () => {
  const begunAndOver = Effect.fnUntraced(function* (table: RunTable["Service"]) {
    const next = addressOf("r", 1)
    const continued = { tag: "continued", payload: { json: "1" } } as const
    const adopted = { adopted: 1, tail: ["!restart/click"], version: 2 }
    yield* table.commitHead("r", newHead({ status: "continued", outcome: continued, ...adopted }))
    const start = {
      ...startMessage(),
      continues: { generation: 0, startedAt: 1, endedAt: 1, since: 1 },
      request: "click"
    }
    yield* table.put(next, start as StartMessage)
    yield* table.commitHead(next, newHead({ status: "succeeded", outcome: ended, since: 1 }))
  })
  const told = await Effect.runPromise(Effect.scoped(afterAsking(begunAndOver)))
  expect(told).toEqual({ isToBegin: false, newest: addressOf("r", 1) })
})

it("a request that is sent twice is in one generation, also where its first sender has found the run before another start was asked for", async () => {
  const sentTwice = Effect.gen(function* () {
    const table = Context.get(yield* Layer.build(sqliteStore({ filename: ":memory:" })), RunTable)
    yield* table.put("r", startMessage())
    yield* table.commitHead("r", newHead({ status: "succeeded", outcome: ended }))
    const ask = (row: RestartMessage, seen = table) =>
      Effect.provideService(putRestart("r", row, true, new SentBefore()), RunTable, seen)
    const meanwhile = Effect.andThen(ask({ ...asked, id: "other" }), ask(asked))
    // The first sender comes to its put when both are through.
    const put: typeof table.put = (address, row) => Effect.andThen(Effect.orDie(meanwhile), table.put(address, row))
    yield* ask(asked, { ...table, put })
    const rows = yield* Effect.forEach(["r", addressOf("r", 1)], (address) =>
      table.readMessage(address, "restart/click")
    )
    return rows.filter((row) => row !== undefined).length
  })
  expect(await Effect.runPromise(Effect.scoped(sentTwice))).toBe(1)
})
