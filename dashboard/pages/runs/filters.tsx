import type { RefObject } from "preact"
import { listNews, useSeldom } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import { type Counts, type Definitions, type ListedStatus, listedStatuses, type RunSummary } from "../../api/shapes.ts"
import { Icon } from "../../kit/icon.tsx"
import { numberText } from "../../kit/numbers.ts"
import { instantOf } from "../../kit/time.tsx"
import { linkTo, replaceWith } from "../../shell/route.ts"

export interface RunFilters {
  readonly status?: ListedStatus
  readonly workflow?: string
  /** A part of it. */
  readonly runId?: string
  /** As `key=value`, several with commas between. */
  readonly tag?: string
  /** How it begins: the server looks for it, whatever there is of others. */
  readonly prefix?: string
  /** Local times, as a field of a form has them. */
  readonly since?: string
  readonly until?: string
}

/** What the API takes: while a tag is being written it is none yet. */
export const askedBy = ({ status, workflow, tag, prefix, since, until }: RunFilters) => ({
  status,
  workflow,
  prefix,
  since: instantOf(since ?? ""),
  until: instantOf(until ?? ""),
  tag: tag !== undefined && /^[\w.-]+=[^,]+(,[\w.-]+=[^,]+)*$/.test(tag) ? tag : undefined
})

export const filtersOf = (query: URLSearchParams): RunFilters => {
  const status = listedStatuses.find((one) => one === query.get("status"))
  const workflow = query.get("workflow") || undefined
  const runId = query.get("id") || undefined
  const tag = query.get("tag") || undefined
  const prefix = query.get("prefix") || undefined
  const since = query.get("since") || undefined
  const until = query.get("until") || undefined
  return {
    ...(status === undefined ? {} : { status }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(runId === undefined ? {} : { runId }),
    ...(tag === undefined ? {} : { tag }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until })
  }
}

const linkOf = ({ runId, ...filters }: { [name in keyof RunFilters]: RunFilters[name] | undefined }) =>
  linkTo(["runs"], { ...filters, id: runId })

export const Filters = ({
  filters,
  seen,
  search
}: {
  readonly filters: RunFilters
  readonly seen: ReadonlyArray<RunSummary>
  readonly search: RefObject<HTMLInputElement | null>
}) => {
  const counts = useResource(
    "counts",
    (signal) => ask<Counts>(["counts"], { signal }),
    useSeldom(listNews.value, 10_000)
  ).data
  const deployed = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal })).data
  const known = [...(deployed?.workflows.map(({ name }) => name) ?? []), ...seen.map(({ workflow }) => workflow)]
  const names = [...new Set([...known, ...(filters.workflow === undefined ? [] : [filters.workflow])])].sort()
  const chosen: { [name in keyof RunFilters]: RunFilters[name] | undefined } = filters
  const hasMore = filters.prefix !== undefined || filters.since !== undefined || filters.until !== undefined
  const chips: ReadonlyArray<ListedStatus | undefined> = [undefined, ...listedStatuses]
  return (
    <search class="filters">
      <ul class="chips" aria-label="Status">
        {chips.map((status) => (
          <li key={status ?? "all"}>
            <a
              class={status === undefined ? "chip" : `chip chip-${status}`}
              href={linkOf({ ...chosen, status })}
              aria-current={filters.status === status ? "true" : undefined}
            >
              {status !== undefined && <Icon name={status} />}
              {status ?? "all"}
              <span class="chip-count number">{countText(counts, status)}</span>
            </a>
          </li>
        ))}
      </ul>
      <div class="filter-fields">
        <label>
          <span class="visually-hidden">Workflow</span>
          <select
            value={filters.workflow ?? ""}
            onChange={(event) => replaceWith(linkOf({ ...chosen, workflow: event.currentTarget.value }))}
          >
            <option value="">all workflows</option>
            {names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="visually-hidden">Run id contains</span>
          <input
            ref={search}
            type="search"
            placeholder="run id contains…"
            spellcheck={false}
            value={filters.runId ?? ""}
            onInput={(event) => replaceWith(linkOf({ ...chosen, runId: event.currentTarget.value }))}
          />
        </label>
        <label>
          <span class="visually-hidden">Tag</span>
          <input
            type="search"
            placeholder="tag, such as customer=c-17"
            spellcheck={false}
            value={filters.tag ?? ""}
            onInput={(event) => replaceWith(linkOf({ ...chosen, tag: event.currentTarget.value }))}
          />
        </label>
      </div>
      <details class="more-filters" open={hasMore}>
        <summary>More filters</summary>
        <div class="filter-fields">
          <label>
            <span>Run id begins with</span>
            <input
              type="search"
              spellcheck={false}
              value={filters.prefix ?? ""}
              onInput={(event) => replaceWith(linkOf({ ...chosen, prefix: event.currentTarget.value }))}
            />
          </label>
          <label>
            <span>Started since</span>
            <input
              type="datetime-local"
              value={filters.since ?? ""}
              onChange={(event) => replaceWith(linkOf({ ...chosen, since: event.currentTarget.value }))}
            />
          </label>
          <label>
            <span>Started before</span>
            <input
              type="datetime-local"
              value={filters.until ?? ""}
              onChange={(event) => replaceWith(linkOf({ ...chosen, until: event.currentTarget.value }))}
            />
          </label>
        </div>
      </details>
    </search>
  )
}

const countText = (counts: Counts | undefined, status: ListedStatus | undefined): string => {
  if (counts === undefined) return ""
  const chosen = status === undefined ? Object.values(counts.counts) : [counts.counts[status]]
  const sum = chosen.reduce((total, one) => total + (one?.count ?? 0), 0)
  return `${numberText(sum)}${chosen.some((one) => one?.isMore) ? "+" : ""}`
}
