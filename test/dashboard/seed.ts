import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type OpenHost, openHost, until } from "./openHost.ts"
import {
  approved,
  changingBefore,
  changingNow,
  counter,
  fulfilOrder,
  invoice,
  meter,
  parent,
  steps,
  tick,
  transfer,
  weighAll,
  workflows,
  writeBook
} from "./workflows.ts"

const order = (id: string, quantity: number) => ({
  id,
  customer: { name: "Ada Lovelace", email: "ada@example.org" },
  card: Redacted.make("4242 4242 4242 4242"),
  speed: "express" as const,
  items: [
    { sku: "tea", quantity },
    { sku: "kettle", quantity }
  ]
})

const waitsFor = (engine: OpenHost, runId: string, kind: string) =>
  until(
    `${runId} waits for ${kind}`,
    Effect.map(engine.client.get(runId), ({ waitingFor }) => waitingFor.some((one) => one.kind === kind))
  )

const hasStatus = (engine: OpenHost, runId: string, status: string, deadlineMs?: number) =>
  until(
    `${runId} is ${status}`,
    Effect.map(engine.client.get(runId), (run) => run.status === status),
    deadlineMs
  )

/** A run whose code is another one since. The host of before is closed again. */
const leaveBehind = Effect.fn(function* (filename: string) {
  const before = yield* openHost(filename, [changingBefore], steps)
  yield* before.client.start(changingBefore, { runId: "parked", input: null })
  yield* waitsFor(before, "parked", "signal")
  yield* before.close
})

/** As if its worker had died at it as often as may be. */
const becomesDeadLetter = Effect.fn(function* (engine: OpenHost, filename: string, runId: string) {
  yield* until(
    `${runId} tries again`,
    Effect.map(engine.client.get(runId), ({ waitingFor }) =>
      waitingFor.some((one) => one.kind === "step" && one.lastError !== undefined)
    )
  )
  const database = new DatabaseSync(filename)
  database.exec("pragma busy_timeout = 5000")
  database
    .prepare("update queue set dead = 1, receives = 0, visible_at = 0, owner = null where body like ?")
    .run(`%"${runId}"%`)
  database.close()
  yield* hasStatus(engine, runId, "failed")
})

/** Runs of each kind in one file, and the host that goes on with them. */
export const seed = Effect.fn(function* (filename: string) {
  yield* leaveBehind(filename)
  const engine = yield* openHost(filename, [...workflows, changingNow], steps)
  const { client } = engine
  yield* client.start(fulfilOrder, { runId: "sleeps", input: order("sleeps", 2) })
  yield* client.start(fulfilOrder, { runId: "waits for approval", input: order("waits", 1) })
  yield* client.start(fulfilOrder, { runId: "declined/4711", input: order("declined", 0) })
  yield* client.start(fulfilOrder, { runId: "cancelled", input: order("cancelled", 3) })
  yield* client.start(invoice, { runId: "waits-for-payment", input: "invoice-7" })
  yield* client.start(transfer, { runId: "tries-again", input: "transfer-3" })
  yield* client.start(transfer, { runId: "dies", input: "transfer-4" })
  yield* client.start(writeBook, { runId: "book", input: { chapters: 4, fails: false } })
  yield* client.start(writeBook, { runId: "failed-book", input: { chapters: 1, fails: true } })
  yield* client.start(parent, { runId: "parent", input: null })
  yield* client.start(meter, { runId: "meter", input: 0 })
  yield* client.start(counter, { runId: "counted", input: 2 })
  yield* waitsFor(engine, "sleeps", "signal")
  yield* becomesDeadLetter(engine, filename, "dies")
  yield* client.signal("sleeps", approved, { by: "Grace" })
  yield* waitsFor(engine, "cancelled", "signal")
  yield* client.cancel("cancelled", { reason: "the customer has changed her mind" })
  for (let count = 0; count < 8; count++) yield* client.signal("meter", tick, count)
  for (let count = 0; count < 2; count++) yield* client.signal("counted", tick, count)
  yield* client.signal("parked", approved, { by: "Grace" })
  yield* waitsFor(engine, "sleeps", "timer")
  yield* waitsFor(engine, "waits-for-payment", "callback")
  yield* waitsFor(engine, "book", "signal")
  yield* waitsFor(engine, "parent", "child")
  yield* hasStatus(engine, "parked", "parked")
  yield* hasStatus(engine, "failed-book", "failed")
  yield* hasStatus(engine, "declined/4711", "failed")
  yield* hasStatus(engine, "cancelled", "cancelled")
  yield* hasStatus(engine, "counted", "succeeded")
  return engine
})

/** One run with so many messages, 25,000 at most. */
export const seedLong = Effect.fn(function* (engine: OpenHost, runId: string, messages: number) {
  yield* engine.client.start(weighAll, { runId, input: messages - 1 })
  yield* until(
    `${runId} has adopted them`,
    Effect.map(engine.client.get(runId), (run) => run.messages === messages),
    120_000
  )
})
