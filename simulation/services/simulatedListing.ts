import * as Effect from "effect/Effect"
import { parseAddress } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { isPresent, runStatuses } from "../../src/actor/history/head.ts"
import type { CursorInvalid } from "../../src/store/errors.ts"
import { readCursor, writeCursor } from "../../src/store/listing/listCursor.ts"
import type { RunCounts } from "../../src/store/listing/runCounts.ts"
import { filterText, fits, runFilter } from "../../src/store/listing/runFilter.ts"
import { compareRuns } from "../../src/store/listing/runOrder.ts"
import type { ListQuery, RunPage, RunSummary } from "../../src/store/runTable.ts"

/** The heads by the addresses of their runs. */
export type Heads = Iterable<readonly [address: string, head: Head | undefined]>

/** The listing is a fold of the heads, as the index is in DynamoDB. */
export const listHeads = (query: ListQuery, heads: () => Heads): Effect.Effect<() => RunPage, CursorInvalid> =>
  Effect.suspend(() => {
    const filter = runFilter(query)
    const listing = JSON.stringify(["simulated", filter === undefined ? null : filterText(filter)])
    return Effect.map(readCursor(listing, query.cursor), (after) => () => {
      if (filter === undefined) return { runs: [] }
      const runs = summariesOf(heads())
        .filter((run) => fits(filter, run) && (after === undefined || compareRuns(after, run) < 0))
        .sort(compareRuns)
      const page = runs.slice(0, filter.limit)
      const last = page.at(-1)
      return runs.length > page.length && last !== undefined
        ? { runs: page, cursor: writeCursor(listing, last) }
        : { runs: page }
    })
  })

export const countHeads = (workflow: string | undefined, heads: Heads): RunCounts => {
  const runs = summariesOf(heads).filter((run) => workflow === undefined || run.workflow === workflow)
  return Object.fromEntries(
    runStatuses.map((status) => [status, { count: runs.filter((run) => run.status === status).length, isMore: false }])
  ) as RunCounts
}

const summariesOf = (heads: Heads): Array<RunSummary> => {
  const runs: Array<RunSummary> = []
  for (const [address, head] of heads) {
    if (head === undefined || head.status === "continued" || !isPresent(head)) continue
    const { workflow, definitionVersion, status, startedAt, tags, updatedAt } = head
    runs.push({
      ...parseAddress(address),
      workflow,
      definitionVersion,
      status,
      startedAt,
      updatedAt,
      ...(tags === undefined ? {} : { tags })
    })
  }
  return runs
}
