import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { runStatuses } from "../../../actor/history/head.ts"
import type { RunSummary, RunTable } from "../../../store/runTable.ts"
import type { ChangeLog } from "./changeLog.ts"

/** So many of each state, those that were started last. */
const looked = 100
const leastPauseMs = 2_000
/** A look at a table of many workflows takes its time, and is paid for: no more than a tenth of the time goes into looking. */
const pauseTimes = 10

/** For a store that tells of nothing: what differs between one look at the newest runs and the next. Until interrupted. */
export const lookAtRuns = Effect.fnUntraced(function* (table: RunTable["Service"], log: ChangeLog) {
  let before: ReadonlyMap<string, string> | undefined
  for (;;) {
    const at = yield* Clock.currentTimeMillis
    const seen = yield* Effect.result(look(table))
    if (seen._tag === "Success") {
      if (before !== undefined) for (const runId of differing(before, seen.success)) log.tell(runId)
      before = seen.success
    } else yield* Effect.logWarning(`changes of runs are told later: ${seen.failure.message}`)
    const tookMs = (yield* Clock.currentTimeMillis) - at
    yield* Effect.sleep(Math.max(leastPauseMs, pauseTimes * tookMs))
  }
})

const look = Effect.fnUntraced(function* (table: RunTable["Service"]) {
  const pages = yield* Effect.forEach(runStatuses, (status) => table.list({ status, limit: looked }), {
    concurrency: "unbounded"
  })
  return new Map(pages.flatMap(({ runs }) => runs.map((run) => [run.runId, stateOf(run)] as const)))
})

const stateOf = ({ generation, status, updatedAt }: RunSummary): string => `${status} ${generation} ${updatedAt}`

/** One that was pushed out of its page by newer ones is among them: that is a look too many, and no more. */
const differing = (before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): ReadonlySet<string> =>
  new Set([...before.keys(), ...now.keys()].filter((runId) => before.get(runId) !== now.get(runId)))
