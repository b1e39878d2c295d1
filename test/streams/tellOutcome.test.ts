import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import type { ChildCommand } from "../../src/actor/history/command.ts"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { tellOutcome } from "../../src/streams/turns/recoverLost.ts"
import { newHead } from "../store/samples.ts"

const succeeded = { tag: "succeeded", payload: { json: "1" } } as const
const continued = { tag: "continued", payload: { json: "{}" } } as const
const parent = { runId: "p", key: "pack#0", fingerprint: "1" }
const command = { kind: "child", key: "pack#0", fingerprint: "1", runId: "c" } as unknown as ChildCommand

/** What a parent has been told of its child, whose heads are these, one a generation. */
const toldOf = (...heads: ReadonlyArray<Head>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const store = yield* Layer.build(sqliteStore({ filename: ":memory:" }))
        const table = Context.get(store, RunTable)
        for (const [generation, head] of heads.entries()) yield* table.commitHead(addressOf("c", generation), head)
        const isTold = yield* Effect.provideContext(tellOutcome("p", command, 1), store)
        const row = yield* table.readMessage("p", "child/pack#0")
        return { isTold, outcome: row?.kind === "child" ? row.outcome : undefined }
      })
    )
  )

const told = { isTold: true, outcome: succeeded }
const notTold = { isTold: false, outcome: undefined }

it("tells a parent how its child ended, in whichever generation that was", async () => {
  const ended = newHead({ status: "succeeded", outcome: succeeded, parent })
  const went = newHead({ status: "continued", outcome: continued, parent })
  expect(await toldOf(ended)).toEqual(told)
  expect(await toldOf(went, ended)).toEqual(told)
  expect(await toldOf(went, newHead({ parent }))).toEqual(notTold)
})

it("tells it of the child, and not of the run that somebody has started under its id since", async () => {
  const concluded = { status: "succeeded", outcome: succeeded } as const
  const left = newHead({ status: "continued", outcome: continued, parent, concluded })
  expect(await toldOf(left, newHead({ since: 1 }))).toEqual(told)
  const failed = { tag: "failed", payload: { json: "2" } } as const
  expect(await toldOf(left, newHead({ since: 1, status: "failed", outcome: failed }))).toEqual(told)
  const other = newHead({ status: "continued", outcome: continued, concluded })
  expect(await toldOf(other, newHead({ since: 1 }))).toEqual(notTold)
})
