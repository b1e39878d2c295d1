import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { type StepMark, StepMarks } from "../../src/store/beside/stepMarks.ts"
import { Commits } from "../../src/store/commits.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { unlimited } from "../../src/streams/fairness/sliceGuard.ts"
import { recoverLost } from "../../src/streams/turns/recoverLost.ts"
import { makeRegistry } from "../../src/streams/turns/registry.ts"
import { WarmRuns } from "../../src/streams/turns/warmRun.ts"
import { startRow } from "./startRow.ts"

const types = {
  input: Schema.Null,
  output: Schema.Null,
  timeout: "1 minute",
  retry: { attempts: 1, max: "1 minute" }
} as const
const ship = defineStep("ship", { ...types, run: () => Effect.succeed(null) })
const pay = defineStep("pay", { ...types, atMostOnce: true, run: () => Effect.succeed(null) })
const sale = defineWorkflow("sale", { input: Schema.Null, output: Schema.Null, run: () => pay(null) })
const order = defineWorkflow("order", { input: Schema.Null, output: Schema.Null, run: () => ship(null) })
const day = 24 * 3_600_000

/** A run that waits for a step which was sent at time 0, and what hosts that look at it send. */
const waiting = (changes: Partial<Head> = {}, workflow: AnyWorkflow = order) => {
  const start = startRow(workflow.workflowName)
  const actor = new Actor({ workflow, runId: "r" })
  actor.deliver(start)
  const state = {
    sent: [] as Array<QueueMessage>,
    isQueueAway: false,
    mark: undefined as StepMark | undefined,
    head: {
      version: 1,
      status: "running",
      updatedAt: 0,
      adopted: 1,
      tail: ["start"],
      segments: 0,
      open: actor.ledger.openRecords(),
      abandoned: [],
      fences: [{ upTo: 1, token: "t", sentAt: 0 }],
      ...changes
    } as unknown as Head
  }
  const table = {
    // A real store takes its time: hosts that look at one moment both read before either writes.
    readRun: () => Effect.as(Effect.yieldNow, { head: state.head, segments: [], messages: [start] }),
    commitHead: (_: string, head: Head) =>
      Effect.sync(() => {
        if (head.version !== state.head.version + 1) return { _tag: "Conflict", head: state.head }
        state.head = head
        return { _tag: "Committed" }
      })
  } as unknown as RunTable["Service"]
  const queue = {
    send: (messages: ReadonlyArray<QueueMessage>) =>
      state.isQueueAway
        ? Effect.fail(new StoreUnavailable({ operation: "StepQueue.send", message: "away" }))
        : Effect.sync(() => void state.sent.push(...messages))
  } as unknown as StepQueue["Service"]
  const look = recoverLost("r", {
    registry: makeRegistry([order, sale], [ship, pay]),
    guard: unlimited,
    budget: 1_000,
    output: undefined,
    warm: new WarmRuns(1),
    queueRetentionMs: 14 * day
  }).pipe(
    Effect.provideService(RunTable, table),
    Effect.provideService(Commits, { atomic: false } as Commits["Service"]),
    Effect.provideService(StepQueue, queue),
    Effect.provideService(Payloads, {} as Payloads["Service"]),
    Effect.provideService(Replies, {} as Replies["Service"]),
    Effect.provideService(StepMarks, { read: () => Effect.sync(() => state.mark) } as unknown as StepMarks["Service"])
  )
  return { state, look }
}

describe("a step that the queue has lost", () => {
  it.effect("is sent once, however often it is looked at, and again when that message must be gone as well", () =>
    Effect.gen(function* () {
      const { look, state } = waiting()
      yield* TestClock.adjust("13 days")
      expect([yield* look, state.sent.length]).toEqual([0, 0])
      yield* TestClock.adjust("1 day")
      const found: Array<unknown> = []
      for (let n = 0; n < 5; n++) {
        found.push(yield* look)
        yield* TestClock.adjust("1 hour")
      }
      expect([found, state.sent.length]).toEqual([[1, 0, 0, 0, 0], 1])
      expect(state.sent[0]).toMatchObject({ kind: "step", key: "ship#0", token: "t", index: 1, attempt: 1 })
      // It is the fence's, and the run has not moved by it.
      expect(state.head).toMatchObject({
        updatedAt: 0,
        adopted: 1,
        fences: [{ upTo: 1, token: "t", sentAt: 14 * day }]
      })
      yield* TestClock.adjust("14 days")
      expect([yield* look, yield* look, state.sent.length]).toEqual([1, 0, 2])
    })
  )

  it.effect("is sent by one of two hosts that look at the same moment", () =>
    Effect.gen(function* () {
      const { look, state } = waiting()
      yield* TestClock.adjust("15 days")
      const found = yield* Effect.all([look, look, look], { concurrency: "unbounded" })
      expect([found.toSorted(), state.sent.length]).toEqual([[0, 0, 1], 1])
    })
  )

  it.effect("is sent by another two minutes after its sender died over it, or could not reach the queue", () =>
    Effect.gen(function* () {
      const { look, state } = waiting()
      yield* TestClock.adjust("15 days")
      state.isQueueAway = true
      expect((yield* Effect.result(look))._tag).toBe("Failure")
      state.isQueueAway = false
      yield* TestClock.adjust("119 seconds")
      expect([yield* look, state.sent.length]).toEqual([0, 0])
      yield* TestClock.adjust("1 second")
      expect([yield* look, yield* look, state.sent.length]).toEqual([1, 0, 1])
    })
  )

  it.effect("is not presumed to be lost by the time of its messages: a start may have waited for weeks", () =>
    Effect.gen(function* () {
      const { look, state } = waiting({ fences: [{ upTo: 1, token: "t", sentAt: 15 * day }] })
      yield* TestClock.adjust("16 days")
      expect([yield* look, state.sent.length]).toEqual([0, 0])
    })
  )

  it.effect("is found by the time of its run where an earlier version has written the head", () =>
    Effect.gen(function* () {
      const { look, state } = waiting({ fences: [{ upTo: 1, token: "t" }] })
      yield* TestClock.adjust("14 days")
      expect([yield* look, yield* look, state.sent.length]).toEqual([1, 0, 1])
    })
  )

  it.effect(
    "is sent as the attempt that was begun last where attempts are marked: an earlier one nobody would begin",
    () =>
      Effect.gen(function* () {
        const { look, state } = waiting({}, sale)
        state.mark = { version: 3, token: "m", attempt: 2, at: 0 }
        yield* TestClock.adjust("15 days")
        expect([yield* look, state.sent.length]).toEqual([1, 1])
        expect(state.sent[0]).toMatchObject({ key: "pay#0", attempt: 2 })
        state.mark = { version: 1, token: "m", attempt: 0, at: 0, expired: true }
        yield* TestClock.adjust("15 days")
        expect([yield* look, state.sent.at(-1)]).toMatchObject([1, { key: "pay#0", attempt: 1 }])
      })
  )
})
