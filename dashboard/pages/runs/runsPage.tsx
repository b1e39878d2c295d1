import { useCallback, useRef, useState } from "preact/hooks"
import { news } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { RunPage } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { VirtualList } from "../../kit/virtualList.tsx"
import { route } from "../../shell/route.ts"
import { useShortcuts } from "../../shell/shortcuts.ts"
import { useTitle } from "../../shell/title.ts"
import { Filters, filtersOf } from "./filters.tsx"
import { RunRow } from "./runRow.tsx"

const pageSize = 200

/** As many pages as were asked for, read anew together: rows that have moved are where they belong. */
const loadPages = async (pages: number, query: Readonly<Record<string, string | undefined>>, signal: AbortSignal) => {
  const runs: Array<RunPage["runs"][number]> = []
  let cursor: string | undefined
  for (let read = 0; read < pages; read++) {
    const page = await ask<RunPage>(["runs"], {
      query: { ...query, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) },
      signal
    })
    runs.push(...page.runs)
    cursor = page.cursor
    if (cursor === undefined) break
  }
  return { runs, hasMore: cursor !== undefined }
}

export const RunsPage = () => {
  useTitle("Runs")
  const filters = filtersOf(route.value.query)
  const [pages, setPages] = useState(1)
  const search = useRef<HTMLInputElement>(null)
  const { data, error, reload } = useResource(
    `runs ${JSON.stringify([filters.status, filters.workflow, filters.runId, pages])}`,
    (signal) => loadPages(pages, { status: filters.status, workflow: filters.workflow }, signal),
    news.value
  )
  useShortcuts("Runs", [{ keys: "/", what: "filter by run id", act: () => search.current?.focus() }])
  const runs = (data?.runs ?? []).filter(
    ({ runId }) => filters.runId === undefined || runId.toLowerCase().includes(filters.runId.toLowerCase())
  )
  const hasMore = data?.hasMore === true
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (hasMore && last >= pages * pageSize - 20) setPages(pages + 1)
    },
    [hasMore, pages]
  )
  const isFiltered = filters.status !== undefined || filters.workflow !== undefined || filters.runId !== undefined
  return (
    <div class="page fill">
      <div class="page-head">
        <h1>Runs</h1>
        <Filters search={search} filters={filters} seen={data?.runs ?? []} />
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      <div class="run-heads" aria-hidden="true">
        <span>Status</span>
        <span>Run</span>
        <span>Workflow</span>
        <span>Started</span>
        <span>Last change</span>
        <span>Took</span>
      </div>
      {data === undefined ? (
        <p class="loading">{error === undefined ? "Loading…" : ""}</p>
      ) : runs.length === 0 ? (
        <NoRuns isFiltered={isFiltered} />
      ) : (
        <VirtualList
          label="Runs"
          class="runs"
          count={runs.length}
          rowHeight={38}
          keyOf={(index) => runs[index]?.runId ?? String(index)}
          row={(index, control) => {
            const run = runs[index]
            return run === undefined ? null : <RunRow run={run} control={control} />
          }}
          onRange={onRange}
        />
      )}
      <p class="foot" role="status">
        {data === undefined ? "" : `${runs.length}${hasMore ? " or more" : ""} shown${isFiltered ? ", filtered" : ""}`}
      </p>
    </div>
  )
}

const NoRuns = ({ isFiltered }: { readonly isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No run fits these filters">
      <a href="#/runs">Show all runs</a>
    </Empty>
  ) : (
    <Empty title="No run yet" command="npx dynactor start <workflow> --input '{}'">
      Start one with <a href="#/start">the form</a>, from your code with <code>client.start</code>, or from a terminal:
    </Empty>
  )
