import * as Effect from "effect/Effect"
import { isTerminal, runStatuses } from "../actor/history/head.ts"
import { type RunSummary, RunTable } from "../store/runTable.ts"

/** All runs that are not over: those that are parked or paused go on by code to come as well. */
export const liveRuns = Effect.gen(function* () {
  const table = yield* RunTable
  const runs: Array<RunSummary> = []
  for (const status of runStatuses.filter((one) => !isTerminal(one))) {
    let cursor: string | undefined
    do {
      const page = yield* table.list({ status, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
      runs.push(...page.runs)
      cursor = page.cursor
    } while (cursor !== undefined)
  }
  return runs
})
