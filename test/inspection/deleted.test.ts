import { continueAsNew, defineWorkflow, type Workflow } from "dynactor"
import { costOfRun, exportRun, generationsOf, readTimeline, runTree } from "dynactor/inspection"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import { exportHistory } from "../../src/inspection/history/recordedHistory.ts"
import type { RunTable } from "../../src/store/runTable.ts"
import { onEachStore } from "../client/eachStore.ts"
import { live } from "../streams/engine.ts"
import { inStore } from "./inStore.ts"

const rounds: Workflow<"rounds", number, number, never> = defineWorkflow("rounds", {
  input: Schema.Number,
  output: Schema.Number,
  run: (left) => (left === 0 ? Effect.succeed(0) : continueAsNew(rounds, left - 1))
})
const code = { workflows: [rounds] }

/** Whoever looks at a run, by what it is told. When it was looked at is not of the run, and what the deletion has written itself is not told of. */
const looks = {
  timeline: (runId: string) => Effect.map(readTimeline(runId, code), ({ version: _, ...shown }) => shown),
  tree: (runId: string) => runTree(runId, code),
  generations: generationsOf,
  cost: (runId: string) => Effect.map(costOfRun(runId), ({ generations, messages }) => ({ generations, messages })),
  export: (runId: string) =>
    Effect.map(exportRun(runId), ({ exportedAt: _, seal: __, head: { version: ___, ...head }, ...run }) => ({
      ...run,
      head
    })),
  history: (runId: string) => exportHistory(runId),
  "history of one generation": (runId: string) => exportHistory(runId, { generation: 0 })
}

/** As whoever deletes it writes it first: that may be taken back yet. */
const mark = Effect.fnUntraced(function* (table: RunTable["Service"], runId: string, generation: number) {
  const address = addressOf(runId, generation)
  const head = yield* table.readHead(address)
  if (head?.status !== "succeeded") throw new Error(`${runId} is ${head?.status}`)
  const { startedAt, status, updatedAt } = head
  const now = Date.now()
  const deletion = { generation, until: now + 3_600_000, was: { status, startedAt, updatedAt } }
  const marked = { ...head, version: head.version + 1, status: "deleted", startedAt: now - 1, updatedAt: now } as const
  expect(yield* table.commitHead(address, { ...marked, deletion })).toMatchObject({ _tag: "Committed" })
})

onEachStore("whoever looks at a run that is deleted", (newStore) => {
  live("is shown what it was until nobody can take that back, and told when it was deleted from then on", () =>
    Effect.gen(function* () {
      const engine = yield* (yield* newStore)(code)
      const { client, host, table } = engine
      const askAll = (runId: string) =>
        Effect.forEach(Object.entries(looks), ([name, look]) =>
          Effect.map(Effect.result(inStore(engine)(look(runId) as ReturnType<typeof generationsOf>)), (got) => [
            name,
            got
          ])
        )
      yield* client.execute(rounds, { runId: "once", input: 0 })
      yield* client.execute(rounds, { runId: "twice", input: 1 })
      for (const [generation, runId] of ["once", "twice"].entries()) {
        const before = yield* askAll(runId)
        for (const [, got] of before) expect(got).toMatchObject({ _tag: "Success" })
        yield* mark(table, runId, generation)
        expect(yield* askAll(runId)).toEqual(before)
      }
      yield* host.purge()
      for (const runId of ["once", "twice"]) {
        yield* client.delete(runId)
        for (const [name, got] of yield* askAll(runId))
          expect({ name, got }).toMatchObject({
            name,
            got: { _tag: "Failure", failure: { _tag: "RunNotFound", deletedAt: expect.any(Number) } }
          })
      }
    })
  )
})
