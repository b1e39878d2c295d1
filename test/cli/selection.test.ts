import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import { expect } from "vitest"
import { type Selection, selectRuns } from "../../src/cli/commands/many/selection.ts"
import { Output } from "../../src/cli/framework/output.ts"
import { Target } from "../../src/cli/targets/target.ts"
import type { ListQuery, RunSummary } from "../../src/store/runTable.ts"

const none: Selection = {
  runIds: [],
  workflow: Option.none(),
  status: Option.none(),
  tags: {},
  olderThan: Option.none(),
  newerThan: Option.none(),
  idleFor: Option.none(),
  prefix: Option.none(),
  most: Option.none(),
  dryRun: true,
  yes: false
}

const hourMs = 3_600_000

/** Started so long before the tenth hour. */
const run = (runId: string, agoMs: number): RunSummary => {
  const startedAt = 10 * hourMs - agoMs
  return {
    runId,
    generation: 0,
    workflow: "w",
    definitionVersion: "1",
    status: "running",
    startedAt,
    updatedAt: startedAt
  }
}

/** On a target that lists one page for each query and tells what it was asked. */
const selected = Effect.fnUntraced(function* (
  given: Partial<Selection>,
  pages: ReadonlyArray<ReadonlyArray<RunSummary>>
) {
  yield* TestClock.setTime(10 * hourMs)
  const asked: Array<ListQuery> = []
  const list = (query: ListQuery) =>
    Effect.sync(() => {
      asked.push(query)
      const runs = pages[asked.length - 1] ?? []
      return asked.length < pages.length ? { runs, cursor: `page ${asked.length}` } : { runs }
    })
  const found = yield* selectRuns({ ...none, ...given }, "running").pipe(
    Effect.provideService(Target, { runs: { list } } as unknown as Target["Service"]),
    Effect.provideService(Output, { progress: () => Effect.void } as unknown as Output["Service"])
  ) as unknown as Effect.Effect<{ readonly runIds: ReadonlyArray<string> }, unknown>
  return { asked, runIds: found.runIds }
})

it.effect("asks the listing for runs of a time and a prefix, and for the next pages by the same filters", () =>
  Effect.gen(function* () {
    const filters = { olderThan: Option.some(hourMs), newerThan: Option.some(3 * hourMs), prefix: Option.some("a-") }
    const { asked, runIds } = yield* selected(filters, [[run("a-1", hourMs)], [run("a-2", 3 * hourMs)]])
    const query = { status: "running", since: 7 * hourMs, until: 9 * hourMs + 1, prefix: "a-", limit: 1_000 }
    expect(asked).toEqual([query, { ...query, cursor: "page 1" }])
    expect(runIds).toEqual(["a-1", "a-2"])
  })
)

it.effect("acts on no run that a listing has found beyond the filters", () =>
  Effect.gen(function* () {
    const beyond = [run("a-1", hourMs - 1), run("b-1", hourMs), run("a-2", hourMs)]
    const { runIds } = yield* selected({ olderThan: Option.some(hourMs), prefix: Option.some("a-") }, [beyond])
    expect(runIds).toEqual(["a-2"])
  })
)
