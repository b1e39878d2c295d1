import { runStatuses } from "../../../actor/history/head.ts"
import type { CountQuery, RunCounts } from "../../listing/runCounts.ts"
import type { Engine } from "../engine.ts"

/** Exact, however many: triggers keep them (`file/schema.ts`), in the transaction of what they count. */
export const selectCounts = (engine: Engine, { workflow }: CountQuery): RunCounts => {
  const { sql } = engine.database
  const rows = (workflow === undefined
    ? sql("select status, sum(runs) as runs from counts group by status").all()
    : sql("select status, runs from counts where workflow = ?").all(workflow)) as unknown as ReadonlyArray<{
    readonly status: string
    readonly runs: number
  }>
  const counts = new Map(rows.map(({ status, runs }) => [status, runs]))
  return Object.fromEntries(
    runStatuses.map((status) => [status, { count: counts.get(status) ?? 0, isMore: false }])
  ) as RunCounts
}
