import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { defineWorkflow } from "../../src/index.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { StepMarks } from "../../src/store/beside/stepMarks.ts"
import { Commits } from "../../src/store/commits.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { unlimited } from "../../src/streams/fairness/sliceGuard.ts"
import { recoverLost } from "../../src/streams/turns/recoverLost.ts"
import { makeRegistry } from "../../src/streams/turns/registry.ts"
import { WarmRuns } from "../../src/streams/turns/warmRun.ts"
import { startRow } from "./startRow.ts"

const child = defineWorkflow("child", { input: Schema.Number, output: Schema.Number, run: Effect.succeed })
const parent = defineWorkflow("parent", {
  input: Schema.Null,
  output: Schema.Number,
  run: () => child.child(1, { runId: "one" })
})

const start = startRow("parent")
const outcome = { tag: "succeeded", payload: { json: "1" } } as const

/** What a parent that waits is told when its child has this head. */
const told = (childHead: (key: string) => Partial<Head>) =>
  Effect.gen(function* () {
    const before = new Actor({ workflow: parent, runId: "p" })
    before.deliver(start)
    const open = before.ledger.openRecords()
    const head = {
      version: 1,
      status: "running",
      adopted: 1,
      tail: ["start"],
      segments: 0,
      open,
      abandoned: [],
      fences: []
    }
    const put: Array<string> = []
    const table = {
      readRun: () => Effect.succeed({ head: { ...head, updatedAt: 0 }, segments: [], messages: [start] }),
      readHead: () => Effect.succeed(childHead(open[0]?.key ?? "")),
      put: (runId: string, row: Message) => Effect.sync(() => put.push(`${runId} ${messageKey(row)}`))
    } as unknown as RunTable["Service"]
    const found = yield* recoverLost("p", {
      registry: makeRegistry([parent, child], []),
      guard: unlimited,
      budget: 1_000,
      output: undefined,
      warm: new WarmRuns(1),
      queueRetentionMs: 1
    }).pipe(
      Effect.provideService(RunTable, table),
      Effect.provideService(Commits, { atomic: false } as Commits["Service"]),
      Effect.provideService(StepQueue, {} as StepQueue["Service"]),
      Effect.provideService(Payloads, {} as Payloads["Service"]),
      Effect.provideService(Replies, {} as Replies["Service"]),
      Effect.provideService(StepMarks, {} as StepMarks["Service"])
    )
    return { found, put }
  })

describe("a parent whose child has ended and could not tell it", () => {
  it.effect("is told by the sweeper", () =>
    Effect.gen(function* () {
      expect(yield* told((key) => ({ outcome, parent: { runId: "p", key, fingerprint: "" } }))).toEqual({
        found: 1,
        put: ["p child/child#0"]
      })
    })
  )

  it.effect("is told nothing of a child that goes on, or is another's", () =>
    Effect.gen(function* () {
      expect(yield* told((key) => ({ parent: { runId: "p", key, fingerprint: "" } }))).toEqual({ found: 0, put: [] })
      expect(yield* told((key) => ({ outcome, parent: { runId: "q", key, fingerprint: "" } }))).toEqual({
        found: 0,
        put: []
      })
    })
  )
})
