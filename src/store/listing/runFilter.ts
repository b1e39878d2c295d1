import { isName } from "../../actor/definitions/name.ts"
import type { RunStatus } from "../../actor/history/head.ts"
import { runStatuses } from "../../actor/history/head.ts"
import { checkTag, type Tags } from "../../actor/tags/tags.ts"
import type { ListQuery, RunSummary } from "../runTable.ts"

/** A query in one form: what is asked of each run, and how many of them. */
export interface RunFilter {
  readonly workflow: string | undefined
  /** One, or all. */
  readonly statuses: ReadonlyArray<RunStatus>
  /** All of them, in the order in which they were given: a store that can look for one alone looks for the first. */
  readonly tags: ReadonlyArray<readonly [key: string, value: string]>
  /** Of the start, epoch milliseconds. */
  readonly since: number
  /** Not included. */
  readonly until: number
  readonly prefix: string
  readonly limit: number
}

const usualLimit = 100
const mostLimit = 1_000

/** No run starts later: what fits into a key of nine digits. */
export const endOfTime = 36 ** 9 - 1

/** Undefined: no run can be like that, whatever there is. */
export const runFilter = (query: ListQuery): RunFilter | undefined => {
  const { workflow, status, tags = {}, prefix = "" } = query
  const limit = Math.trunc(Math.max(1, Math.min(query.limit || usualLimit, mostLimit)))
  const since = timeOf(query.since, 0)
  const until = timeOf(query.until, endOfTime)
  const wanted = Object.entries(tags)
  if (workflow !== undefined && !isName(workflow)) return undefined
  if (wanted.some(([key, value]) => checkTag(key, value) !== undefined)) return undefined
  if (status !== undefined && !runStatuses.includes(status)) return undefined
  // Of what is no time as well: whoever is to clear up "until NaN" is not to be shown all.
  if (!(since < until)) return undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no run id has one
  if (/[\u0000-\u001f\u007f]/.test(prefix) || !prefix.isWellFormed()) return undefined
  return {
    workflow,
    statuses: status === undefined ? runStatuses : [status],
    tags: wanted,
    since,
    until,
    prefix,
    limit
  }
}

/** Of no tag, workflow or prefix. */
export const allRuns: Omit<RunFilter, "statuses" | "limit"> = {
  workflow: undefined,
  tags: [],
  since: 0,
  until: endOfTime,
  prefix: ""
}

/** Whole milliseconds, rounded up: a start at the time itself is not before it. NaN of what is no time. */
const timeOf = (time: number | undefined, usual: number): number =>
  time === undefined ? usual : Math.min(Math.max(Math.ceil(time), 0), endOfTime)

/** A page is asked for by the same filters as the one before: two that mean the same are written the same. */
export const filterText = ({ workflow, statuses, tags, since, until, prefix }: RunFilter): string =>
  JSON.stringify([
    workflow ?? null,
    statuses.length === 1 ? statuses[0] : null,
    [...tags].sort(([a], [b]) => (a < b ? -1 : 1)),
    since,
    until,
    prefix
  ])

export const fits = (
  { workflow, statuses, tags, since, until, prefix }: RunFilter,
  run: Pick<RunSummary, "runId" | "workflow" | "status" | "startedAt"> & { readonly tags?: Tags | undefined }
): boolean =>
  (workflow === undefined || run.workflow === workflow) &&
  statuses.includes(run.status) &&
  run.startedAt >= since &&
  run.startedAt < until &&
  run.runId.startsWith(prefix) &&
  tags.every(([key, value]) => run.tags?.[key] === value)
