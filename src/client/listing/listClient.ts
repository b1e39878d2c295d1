import type * as Effect from "effect/Effect"
import type { CursorInvalid, StoreUnavailable } from "../../store/errors.ts"
import type { CountQuery, RunCounts } from "../../store/listing/runCounts.ts"
import type { ListQuery, RunPage } from "../../store/runTable.ts"

/** What the client tells of runs that nobody has named. */
export interface ListClient {
  /**
   * A page of runs, the newest start first (of one millisecond the greater run id first), by workflow, status, tags, time of the start and the
   * beginning of the id, or all of them: whatever is given has to hold. The order is the same whatever the filters and the store.
   *
   * A page reads so much at most: where few runs fit it may be shorter than `limit`, or empty, and go on all the same. So ask until there is no
   * `cursor`. Later pages have what comes behind the one before, whatever has started or changed meanwhile: no run twice, and none left
   * out. It may lag behind by a second, and has no runs that no host has seen yet. A cursor is good for the same filters on the same
   * store: any other is a `CursorInvalid`.
   *
   * @example
   * const page = yield* client.list({ tags: { customer: "c-17" }, status: "failed", since: Date.now() - 86_400_000 })
   */
  readonly list: (query?: ListQuery) => Effect.Effect<RunPage, CursorInvalid | StoreUnavailable>
  /**
   * How many runs there are of each status, of all workflows or one. In a SQLite file exact, and as dear as reading ten rows. On DynamoDB nobody keeps count, which
   * would make every start dearer: they are counted when asked for, `upTo` of each status (default 1,000), and beyond that it says
   * `isMore`; it costs a read unit for some sixty runs counted, and four for each status of each workflow. May lag behind by a second.
   *
   * @example
   * const { failed } = yield* client.counts({ workflow: "fulfilOrder" }) // { count: 3, isMore: false }
   */
  readonly counts: (query?: CountQuery) => Effect.Effect<RunCounts, StoreUnavailable>
}
