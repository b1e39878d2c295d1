import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { limiterRunId, limitWorkflowName, placeName, placeOfLimiter } from "../../actor/calls/limits/limitNames.ts"
import type { LimitSpec } from "../../actor/definitions/limits/limitUse.ts"
import { RunNotFound } from "../../actor/errors.ts"
import { type Head, isTerminal } from "../../actor/history/head.ts"
import type { CursorInvalid, StoreUnavailable } from "../../store/errors.ts"
import type { Newest } from "../../store/generations/newest.ts"
import { statusOfLimiter } from "../../store/limits/placesInLine.ts"
import { RunTable } from "../../store/runTable.ts"
import { openNewest } from "../openNewest.ts"

/** One key of a limit, as of the last commit of the run that gives its places. */
export interface LimitDescription {
  /** `<limit>/<key>`, the key in visible ASCII; of a long one the beginning and a hash. */
  readonly place: string
  readonly limit: string
  /** The run that gives the places. */
  readonly runId: string
  /**
   * `starting`: no host has turned it yet. `held`: that run is parked or paused, and gives no places. `ended`: somebody has ended it; the next who asks begins
   * another.
   */
  readonly status: "starting" | "active" | "held" | "ended"
  /** The numbers that count now. Absent while it is starting. */
  readonly spec?: LimitSpec
  /** Places that are held. Of a rate alone nobody holds one. */
  readonly held: number
  /** How many wait. */
  readonly queued: number
  /** Places that it has given so far. */
  readonly total: number
  /** Run ids of those that have held theirs for longest; as many as there is room for, 300 characters or so. */
  readonly holders: ReadonlyArray<string>
  /** Since when the one has waited who has waited longest: not always the next, as there are priorities. */
  readonly waitingSince?: Date
  /** Until when the rate lets nobody have a place. */
  readonly heldBackUntil?: Date
}

/** What a client sees of limits. It asks no host, and wakes nothing. */
export interface LimitClient {
  /** One key of a limit: `("stripe", "acct_1")`. `RunNotFound`: nobody has asked for a place of it yet. */
  readonly get: (limit: string, key: string) => Effect.Effect<LimitDescription, RunNotFound | StoreUnavailable>
  /** The same by what a run waits for (`waitingFor`), or the list has shown. */
  readonly at: (place: string) => Effect.Effect<LimitDescription, RunNotFound | StoreUnavailable>
  /** Keys of which places were asked for, those whose run began last first, and the cursor of the next page. A read for each. */
  readonly list: (query?: {
    /** Default 50. */
    readonly limit?: number
    readonly cursor?: string
    /** Only keys of the limit of this name, or those that begin so: `stripe/acct_`. */
    readonly prefix?: string
  }) => Effect.Effect<
    { readonly limits: ReadonlyArray<LimitDescription>; readonly cursor?: string },
    CursorInvalid | StoreUnavailable
  >
}

export const limitClient = (context: Context.Context<RunTable>): LimitClient => {
  const provide = Effect.provideContext(context)
  return {
    // Half of a surrogate pair is in no key, and is told as it is.
    get: (limit, key) =>
      provide(describeAt(String(key).isWellFormed() ? placeName(limit, String(key)) : `${limit}/${key}`)),
    at: (place) => provide(describeAt(place)),
    list: (query = {}) => provide(listLimits(query))
  }
}

const describeAt = Effect.fnUntraced(function* (place: string) {
  const runId = limiterRunId(place)
  const missing = new RunNotFound({
    runId,
    message: `there is no limiter of ${place}: nobody has asked for a place of it yet`
  })
  if (!runId.isWellFormed()) return yield* missing
  const newest = yield* Effect.catchTag(openNewest(runId), "RunNotFound", () => Effect.fail(missing))
  if (newest.head !== undefined && newest.head.workflow !== limitWorkflowName) return yield* missing
  return yield* describe(place, newest)
})

const describe = Effect.fnUntraced(function* (place: string, newest: Newest) {
  const status = yield* statusOfLimiter(newest)
  const known = { place, limit: place.slice(0, place.indexOf("/")), runId: limiterRunId(place) }
  if (status === undefined)
    return {
      ...known,
      status: stateOf(newest.head),
      held: 0,
      queued: 0,
      total: 0,
      holders: []
    } satisfies LimitDescription
  const { held, heldBackUntil, holders, queued, spec, total, waitingSince } = status
  return {
    ...known,
    status: stateOf(newest.head),
    spec,
    held,
    queued,
    total,
    holders,
    ...(waitingSince === null ? {} : { waitingSince: new Date(waitingSince) }),
    ...(heldBackUntil === null ? {} : { heldBackUntil: new Date(heldBackUntil) })
  } satisfies LimitDescription as LimitDescription
})

const stateOf = (head: Head | undefined): LimitDescription["status"] => {
  if (head === undefined) return "starting"
  if (head.status === "parked" || head.status === "paused") return "held"
  return isTerminal(head.status) && head.status !== "continued" ? "ended" : "active"
}

const listLimits = Effect.fnUntraced(function* ({
  cursor,
  limit = 50,
  prefix = ""
}: NonNullable<Parameters<LimitClient["list"]>[0]>) {
  const table = yield* RunTable
  const page = yield* table.list({
    limit,
    workflow: limitWorkflowName,
    prefix: limiterRunId(prefix),
    ...(cursor === undefined ? {} : { cursor })
  })
  const described = yield* Effect.forEach(page.runs, ({ runId }) => unlessGone(placeOfLimiter(runId)), {
    concurrency: 8
  })
  const limits = described.filter((one) => one !== undefined)
  return { limits, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) }
})

/** One that was deleted since it was listed is left out. A store that does not answer is told: else there would seem to be no limits. */
const unlessGone = (place: string) => Effect.catchTag(describeAt(place), "RunNotFound", () => Effect.undefined)
