import * as Effect from "effect/Effect"
import type { ListQuery, RunPage, RunSummary } from "../../store/runTable.ts"

/** Which runs are meant: all that is given has to hold. */
export interface WantedRuns extends Omit<ListQuery, "limit" | "cursor"> {
  /** Only runs that have not changed since this time, epoch milliseconds. */
  readonly idleSince?: number
}

/** Does anything say which? Nobody means all runs by saying nothing, nor by a prefix that is empty, as a script's lost variable makes one. */
export const saysWhich = (wanted: object): boolean =>
  Object.values(wanted).some(
    (one) => one !== undefined && one !== "" && (typeof one !== "object" || Object.keys(one).length > 0)
  )

export interface WantedPage {
  /** Those of the page that are meant, the newest start first. */
  readonly runIds: ReadonlyArray<string>
  /** How many the listing had. */
  readonly looked: number
  /** For the next page, whatever has become of the runs of this one. Absent: these were the last. */
  readonly cursor?: string
}

/** A page of a listing, without those that are not meant: no listing finds runs by when they have changed last. */
export const pageOfRuns = Effect.fnUntraced(function* <E, R>(
  list: (query: ListQuery) => Effect.Effect<RunPage, E, R>,
  { idleSince, ...query }: WantedRuns,
  page: Pick<ListQuery, "limit" | "cursor">
) {
  const { cursor, runs } = yield* list({ ...query, ...page })
  const runIds = runs.filter((run) => isWanted(run, query, idleSince)).map(({ runId }) => runId)
  return { runIds, looked: runs.length, ...(cursor === undefined ? {} : { cursor }) } satisfies WantedPage as WantedPage
})

/** All of it once more: an API of an older server reads over filters that it does not know, and what is done to a run may not be undone. */
const isWanted = (
  { runId, startedAt, updatedAt }: RunSummary,
  { prefix = "", since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }: ListQuery,
  idleSince = Number.POSITIVE_INFINITY
): boolean => runId.startsWith(prefix) && startedAt >= since && startedAt < until && updatedAt <= idleSince
