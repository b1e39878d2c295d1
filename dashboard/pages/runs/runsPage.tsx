import { useCallback, useRef, useState } from "preact/hooks"
import { listNews } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { RunPage, RunSummary } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { VirtualList } from "../../kit/virtualList.tsx"
import { route } from "../../shell/route.ts"
import { useShortcuts } from "../../shell/shortcuts.ts"
import { useTitle } from "../../shell/title.ts"
import { askedBy, Filters, filtersOf } from "./filters.tsx"
import { RunRow } from "./runRow.tsx"
import { useSelection } from "./selection.ts"
import { SelectionBar } from "./selectionBar.tsx"

const pageSize = 200
/** Of those that are selected at a time: more are what a command line is for. */
const mostAtOnce = 10_000

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
    `runs ${JSON.stringify([askedBy(filters), filters.runId, pages])}`,
    (signal) => loadPages(pages, askedBy(filters), signal),
    listNews.value
  )
  const fits = ({ runId }: RunSummary) =>
    filters.runId === undefined || runId.toLowerCase().includes(filters.runId.toLowerCase())
  const runs = (data?.runs ?? []).filter(fits)
  const [isSelecting, setSelecting] = useState(false)
  const selection = useSelection(runs)
  const switchSelecting = () => {
    setSelecting(!isSelecting)
    selection.clear()
  }
  useShortcuts("Runs", [
    { keys: "/", what: "filter by run id", act: () => search.current?.focus() },
    { keys: "v", what: "select runs, to do something with many", act: switchSelecting }
  ])
  const loadAll = async () => {
    const all = await loadPages(mostAtOnce / pageSize, askedBy(filters), new AbortController().signal)
    return all.runs.filter(fits)
  }
  const hasMore = data?.hasMore === true
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (hasMore && last >= pages * pageSize - 20) setPages(pages + 1)
    },
    [hasMore, pages]
  )
  const isFiltered =
    filters.status !== undefined ||
    filters.workflow !== undefined ||
    filters.runId !== undefined ||
    filters.tag !== undefined
  return (
    <div class="page fill">
      <div class="page-head">
        <h1>Runs</h1>
        {!isSelecting && (
          <button type="button" class="small" disabled={runs.length === 0} onClick={switchSelecting}>
            Select…
          </button>
        )}
        <Filters search={search} filters={filters} seen={data?.runs ?? []} />
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {isSelecting && (
        <SelectionBar selection={selection} shown={runs} hasMore={hasMore} loadAll={loadAll} onEnd={switchSelecting} />
      )}
      <div class={isSelecting ? "run-heads selecting" : "run-heads"} aria-hidden="true">
        {isSelecting && <span />}
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
            if (run === undefined) return null
            const toggle = (isRange: boolean) => selection.toggle(index, isRange)
            const selecting = { isSelected: selection.has(run.runId), toggle }
            return <RunRow run={run} control={control} {...(isSelecting ? { selecting } : {})} />
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
