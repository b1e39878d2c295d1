import * as Effect from "effect/Effect"
import { mostRunId } from "../../../actor/history/command.ts"
import { parseAddress } from "../../../actor/history/generation.ts"
import type { RunStatus } from "../../../actor/history/head.ts"
import type { CursorInvalid, StoreUnavailable } from "../../errors.ts"
import { readCursor, writeCursor } from "../../listing/listCursor.ts"
import { filterText, fits, type RunFilter, runFilter } from "../../listing/runFilter.ts"
import { compareRuns, type RunPlace } from "../../listing/runOrder.ts"
import type { ListQuery, RunPage, RunSummary } from "../../runTable.ts"
import type { Engine } from "../engine.ts"
import { selectTags } from "./sqliteTags.ts"

/** Places that a page looks at where an index does not answer all of its filters: half a millisecond. */
const mostLooked = 200

/** A listing by an index of `runs`, or of `tags`, whatever its filters: a page takes a millisecond, however many runs there are. */
export const listRuns = (engine: Engine, query: ListQuery): Effect.Effect<RunPage, StoreUnavailable | CursorInvalid> =>
  Effect.suspend(() => {
    const filter = runFilter(query)
    const listing = JSON.stringify(["sqlite", engine.database.path, filter === undefined ? null : filterText(filter)])
    return Effect.flatMap(readCursor(listing, query.cursor), (after) =>
      filter === undefined
        ? Effect.succeed<RunPage>({ runs: [] })
        : engine.writes.readTogether("RunTable.list", () => {
            const { runs, last } = selectPage(engine, filter, after)
            return last === undefined ? { runs } : { runs, cursor: writeCursor(listing, last) }
          })
    )
  })

interface Page {
  readonly runs: ReadonlyArray<RunSummary>
  /** The last place that was looked at, if there are more. */
  readonly last?: RunPlace
}

const selectPage = (engine: Engine, filter: RunFilter, after: RunPlace | undefined): Page =>
  (filter.prefix === "" ? undefined : pageOfFew(engine, filter, after)) ?? pageOfMany(engine, filter, after)

/** If there are few runs whose ids begin so: all of them, sorted here. */
const pageOfFew = (engine: Engine, filter: RunFilter, after: RunPlace | undefined): Page | undefined => {
  const rows = engine.database
    .sql(`select ${columns} from runs where run >= ? and run < ? limit ?`)
    .all(filter.prefix, `${filter.prefix}${beyond}`, mostLooked + 1) as unknown as ReadonlyArray<SummaryRow>
  if (rows.length > mostLooked) return undefined
  const places = rows
    .map((row) => ({ row, ...runPlace(row) }))
    .filter(
      (place) =>
        fits({ ...filter, tags: [] }, { ...place, workflow: place.row.workflow, status: place.row.status }) &&
        (after === undefined || compareRuns(after, place) < 0)
    )
    .sort(compareRuns)
  const runs: Array<RunSummary> = []
  for (const { row } of places) {
    const run = toSummary(engine, row)
    if (!fits(filter, run)) continue
    if (runs.length === filter.limit) return { runs, last: runs.at(-1) as RunSummary }
    runs.push(run)
  }
  return { runs }
}

/** Behind all that may follow in a run id: the last character there is, more often than one has room for. */
const beyond = "\u{10ffff}".repeat(mostRunId / 2 + 1)

const pageOfMany = (engine: Engine, filter: RunFilter, after: RunPlace | undefined): Page => {
  const { limit, prefix, tags, workflow } = filter
  const isExact = prefix === "" && tags.length < 2 && (tags.length === 0 || workflow === undefined)
  const most = isExact ? limit : Math.max(limit, mostLooked)
  const places = selectPlaces(engine, filter, after, most + 1)
  const runs: Array<RunSummary> = []
  for (const [index, place] of places.entries()) {
    if (runs.length === limit || index === most) return { runs, last: runPlace(places[index - 1] as PlaceRow) }
    if (place.fits === 0) continue
    const { runId } = runPlace(place)
    if (!runId.startsWith(prefix) || (workflow !== undefined && (place.workflow ?? workflow) !== workflow)) continue
    const row = engine.database.sql(`select ${columns} from runs where run = ?`).get(place.run)
    const run = row === undefined ? undefined : toSummary(engine, row as unknown as SummaryRow)
    if (run !== undefined && fits(filter, run)) runs.push(run)
  }
  return { runs }
}

interface PlaceRow {
  readonly run: string
  readonly started_at: number
  readonly workflow: string | null
  /** Has it all other tags that are asked for? */
  readonly fits: 0 | 1
}

const runPlace = ({ run, started_at }: Pick<PlaceRow, "run" | "started_at">): RunPlace => ({
  startedAt: started_at,
  runId: parseAddress(run).runId
})

/**
 * The next places of an index, in order: a part for each status, which SQLite merges as it goes. A status of its own comes before the time in
 * every index, because most listings are of one.
 */
const selectPlaces = (
  engine: Engine,
  filter: RunFilter,
  after: RunPlace | undefined,
  count: number
): ReadonlyArray<PlaceRow> => {
  const { since, statuses, tags, until, workflow } = filter
  const [tag] = tags
  const values: Record<string, string | number> = { since, count }
  const conditions = ["started_at >= $since"]
  if (tag !== undefined) {
    conditions.unshift("key = $key", "value = $value")
    Object.assign(values, { key: tag[0], value: tag[1] })
  } else if (workflow !== undefined) {
    conditions.unshift("workflow = $workflow")
    Object.assign(values, { workflow })
  }
  // Where there is a cursor it comes before the end: with both SQLite may begin at the end, and go through all between
  // (findings/sqlite-seeks-by-the-bound-that-is-written-first.sh).
  if (after === undefined) {
    conditions.push("started_at < $until")
    values.until = until
  } else {
    conditions.push("(started_at, run) < ($startedAt, $runId)")
    Object.assign(values, after)
  }
  const others = tags.slice(1).map(([key, value], index) => {
    Object.assign(values, { [`key${index}`]: key, [`value${index}`]: value })
    return hasAlso(index)
  })
  const found = tag === undefined ? "null as workflow, 1 as fits" : `workflow, ${others.join(" and ") || "1"} as fits`
  const from = `select started_at, run, ${found} from ${tag === undefined ? "runs" : "tags as one"}`
  const parts = statuses.map((status) => `${from} where status = '${status}' and ${conditions.join(" and ")}`)
  const text = `${parts.join(" union all ")} order by started_at desc, run desc limit $count`
  return engine.database.sql(text).all(values) as unknown as ReadonlyArray<PlaceRow>
}

/** One look into the same index for each place: to read the run and its tags takes ten times as long. */
const hasAlso = (index: number): string =>
  `exists (select 1 from tags where key = $key${index} and value = $value${index} and status = one.status and started_at = one.started_at and run = one.run)`

const columns = "run, workflow, definition_version, status, started_at, updated_at"

interface SummaryRow {
  readonly run: string
  readonly workflow: string
  readonly definition_version: string
  readonly status: RunStatus
  readonly started_at: number
  readonly updated_at: number
}

const toSummary = (engine: Engine, row: SummaryRow): RunSummary => {
  const tags = selectTags(engine, row.run)
  return {
    ...parseAddress(row.run),
    workflow: row.workflow,
    definitionVersion: row.definition_version,
    status: row.status,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    ...(tags === undefined ? {} : { tags })
  }
}
