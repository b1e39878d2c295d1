import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import { segmentLength } from "../../src/actor/history/head.ts"
import { messageKey, type RestartMessage } from "../../src/actor/history/message.ts"
import { putForOpenRun } from "../../src/client/send.ts"
import { putRestart } from "../../src/client/starting/restart.ts"
import { byArrival } from "../../src/store/reading/byArrival.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { SentBefore } from "../../src/store/sending/sentBefore.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { newHead, signalMessage, startMessage } from "../store/samples.ts"

// One sender, one order, also where a generation ends between two signals and has left the first behind.

const next = addressOf("r", 1)

/** A table that does not tell what a run was sent last, as DynamoDB does not, with a run whose first generation has left a signal behind. */
const leftBehind = Effect.gen(function* () {
  const { lastSent: _, ...table } = Context.get(yield* Layer.build(sqliteStore({ filename: ":memory:" })), RunTable)
  yield* table.put("r", startMessage())
  yield* table.put("r", signalMessage("s", "first"))
  yield* table.commitHead("r", newHead({ status: "continued", outcome: { tag: "continued", payload: { json: "1" } } }))
  const send = (sent: SentBefore, id: string) =>
    putForOpenRun("r", signalMessage("s", id), { what: id, mayBeAgain: true, sent }).pipe(
      Effect.provideService(RunTable, table)
    )
  const found = Effect.map(table.readRun(next), ({ messages }) => byArrival(messages).map(messageKey))
  return { send, found, table }
})

it("what a sender is told to be there is there before what it sends next", async () => {
  const test = Effect.gen(function* () {
    const { found, send, table } = yield* leftBehind
    // Another process than the one that has sent the first and died before it had its answer.
    const sent = new SentBefore()
    for (const id of ["first", "second"]) yield* send(sent, id)
    expect(yield* found).toEqual(["signal/s/first", "signal/s/second"])
    expect(yield* table.readMessage(next, "signal/s/second")).toMatchObject({ previous: ["signal/s/first"] })
  })
  await Effect.runPromise(Effect.scoped(test))
})

it("what a sender looks up of a long generation stands in its history, which it needs the right to read", async () => {
  const test = Effect.gen(function* () {
    const { lastSent: _, ...table } = Context.get(yield* Layer.build(sqliteStore({ filename: ":memory:" })), RunTable)
    const keys = [
      "start",
      "signal/s/first",
      ...Array.from({ length: segmentLength - 2 }, (_, index) => `signal/s/${index}`)
    ]
    yield* table.put("r", startMessage())
    for (const key of keys.slice(1)) yield* table.put("r", signalMessage("s", key.slice("signal/s/".length)))
    yield* table.putSegment("r", 0, keys)
    const ended = { status: "continued", outcome: { tag: "continued", payload: { json: "1" } } } as const
    yield* table.commitHead("r", newHead({ ...ended, adopted: keys.length, segments: 1, tail: [] }))
    const histories: Array<string> = []
    const read: typeof table.readRun = (address) =>
      Effect.tap(table.readRun(address), () => Effect.sync(() => histories.push(address)))
    const sent = new SentBefore()
    sent.noteSent("r", signalMessage("s", "first"), { _tag: "Inserted" }, 0)
    yield* putForOpenRun("r", signalMessage("s", "second"), { what: "second", mayBeAgain: true, sent }).pipe(
      Effect.provideService(RunTable, { ...table, readRun: read })
    )
    expect(histories).toContain("r")
    expect((yield* table.readRun(next)).messages.map(messageKey)).toEqual(["signal/s/second"])
  })
  await Effect.runPromise(Effect.scoped(test))
})

it("of two that were sent at a time, and came to two generations, both are there before the next", async () => {
  const test = Effect.gen(function* () {
    const { found, send, table } = yield* leftBehind
    const sent = new SentBefore()
    const other = signalMessage("s", "other")
    yield* table.put(next, other)
    sent.noteSent("r", signalMessage("s", "first"), { _tag: "Inserted" }, 0)
    sent.noteSent("r", other, { _tag: "Inserted" }, 1)
    yield* send(sent, "last")
    expect((yield* found).toSorted()).toEqual(["signal/s/first", "signal/s/last", "signal/s/other"])
    const last = yield* table.readMessage(next, "signal/s/last")
    expect(last).toMatchObject({ previous: ["signal/s/first", "signal/s/other"] })
  })
  await Effect.runPromise(Effect.scoped(test))
})

const another: RestartMessage = {
  kind: "restart",
  at: 1,
  id: "another",
  policy: "afterFinish",
  workflow: "w",
  definitionVersion: "1",
  fingerprint: "1",
  input: { json: "1" }
}

it.each<[string, string, (sent: SentBefore) => Effect.Effect<unknown, unknown, RunTable>]>([
  [
    "a signal",
    "signal/s/second",
    (sent) => putForOpenRun("r", signalMessage("s", "second"), { what: "second", mayBeAgain: true, sent })
  ],
  ["a request to start again", "restart/another", (sent) => putRestart("r", another, true, sent)]
])(
  "what was accepted while %s is on its way, by a generation that is over, is there before that",
  async (_, key, ask) => {
    const test = Effect.gen(function* () {
      const { found, table } = yield* leftBehind
      const sent = new SentBefore()
      // The answer of the first one comes when the second has found where it goes to.
      const accepted = Effect.sync(() => {
        if (sent.lastOf("r") === undefined) sent.noteSent("r", signalMessage("s", "first"), { _tag: "Inserted" }, 0)
      })
      const raiseMark: typeof table.raiseMark = (...mark) => Effect.tap(table.raiseMark(...mark), accepted)
      yield* Effect.provideService(ask(sent), RunTable, { ...table, raiseMark })
      expect(yield* found).toEqual(["signal/s/first", key])
      expect(yield* table.readMessage(next, key)).toMatchObject({ previous: ["signal/s/first"] })
    })
    await Effect.runPromise(Effect.scoped(test))
  }
)
