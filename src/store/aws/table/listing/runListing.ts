import * as Effect from "effect/Effect"
import { parseAddress } from "../../../../actor/history/generation.ts"
import type { Head, RunStatus } from "../../../../actor/history/head.ts"
import type { Tags } from "../../../../actor/tags/tags.ts"
import type { CursorInvalid, StoreRefused, StoreUnavailable } from "../../../errors.ts"
import type { Newest } from "../../../generations/newest.ts"
import { readCursor, writeCursor } from "../../../listing/listCursor.ts"
import type { CountQuery, RunCounts } from "../../../listing/runCounts.ts"
import { allRuns, endOfTime, filterText, fits, type RunFilter, runFilter } from "../../../listing/runFilter.ts"
import type { RunPlace } from "../../../listing/runOrder.ts"
import type { DeletedPlace, ListQuery, RunPage, RunSummary } from "../../../runTable.ts"
import { textOf } from "../attributes.ts"
import { type DynamoTable, queryAll } from "../dynamoTable.ts"
import {
  listPartition,
  listShards,
  parseListSort,
  parseRunPartition,
  parseTagsPartition,
  tagPartition,
  workflowsPartition
} from "../keys.ts"
import { countRuns } from "./countRuns.ts"
import { readListed } from "./listedAttributes.ts"
import { type Entry, mergedEntries } from "./mergedEntries.ts"

/**
 * Lists runs by one index, whose partitions are workflow, status and one of eight shards: an entry is written when a run
 * starts and moved when its status changes, and not between. A listing merges the partitions that its filters leave, so that it has one
 * order whatever they are: half a read unit for each of them, and what it reads. The names of workflows are rows of their own, as no
 * query lists partitions.
 *
 * A summary's `updatedAt` is when the status last changed (the start, for a run that runs): the time of the last commit would
 * cost one more write with every commit.
 */
export interface RunListing {
  readonly count: (query: CountQuery) => Effect.Effect<RunCounts, StoreUnavailable>
  readonly list: (query: ListQuery) => Effect.Effect<RunPage, StoreUnavailable | CursorInvalid>
  /** Of those that were deleted, the ones that are to be looked at before this time. */
  readonly listDeleted: (query: {
    readonly before: number
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<DeletedPlace>, StoreUnavailable>
  /** Before the first commit of a run: its workflow is among those that a listing goes through. */
  readonly announce: (workflow: string) => Effect.Effect<void, StoreUnavailable | StoreRefused>
}

const operation = "RunTable.list"

/** Entries that a page looks at: a few hundred kilobytes, whatever of them fits. */
const mostLooked = 2_000

/** Heads that a page reads, a read unit each. */
const mostHeads = 500
const headsAtATime = 16

export interface RunListingOptions {
  readonly table: DynamoTable
  readonly tenant: string
  /** The head of a run's newest generation, with its address. */
  readonly newest: (runId: string) => Effect.Effect<Newest, StoreUnavailable>
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a list of methods, each a few lines, that share one table
export const makeRunListing = ({ newest, table, tenant }: RunListingOptions): RunListing => {
  const announced = new Set<string>()

  const announce = Effect.fnUntraced(function* (workflow: string) {
    if (announced.has(workflow)) return
    yield* table.putIf(operation, { pk: workflowsPartition(tenant), sk: workflow }, "absent")
    announced.add(workflow)
  })

  const workflowNames = Effect.fnUntraced(function* () {
    const values = { ":pk": workflowsPartition(tenant) }
    const items = yield* queryAll(table, operation, { KeyConditionExpression: "pk = :pk", values })
    return items.map((item) => textOf(item, "sk"))
  })

  const listAll = Effect.fnUntraced(function* (filter: RunFilter, after: RunPlace | undefined) {
    const names = filter.workflow === undefined ? yield* workflowNames() : [filter.workflow]
    const partitions = names.flatMap((workflow) =>
      filter.statuses.flatMap((status) =>
        Array.from({ length: listShards }, (_, shard) => {
          const group: Group = { workflow, status }
          return { ...group, gp: listPartition(tenant, group, shard) }
        })
      )
    )
    const { since, until, limit } = filter
    const merged = mergedEntries<Group>({
      table,
      operation,
      partitions,
      since,
      until,
      after,
      expected: limit,
      runIdOf: (item) => parseRunPartition(textOf(item, "pk"))?.runId
    })
    const runs: Array<RunSummary> = []
    let last: RunPlace | undefined
    for (let looked = 0; runs.length < limit && looked < mostLooked; looked++) {
      const [entry, ...others] = yield* merged.take
      if (entry === undefined) return { runs }
      last = { startedAt: entry.startedAt, runId: entry.runId }
      const run = newestOf([entry, ...others].map(summaryOf))
      if (fits(filter, run)) runs.push(run)
    }
    return last !== undefined && (yield* merged.hasMore) ? { runs, last } : { runs }
  })

  /** By the items of the first tag, each of which says that a run may have it: what the run is, its head says. */
  const listTagged = Effect.fnUntraced(function* (filter: RunFilter, after: RunPlace | undefined) {
    const [[key, value] = ["", ""]] = filter.tags
    const { since, until, limit } = filter
    const merged = mergedEntries<object>({
      table,
      operation,
      partitions: Array.from({ length: listShards }, (_, shard) => ({ gp: tagPartition(tenant, key, value, shard) })),
      since,
      until,
      after,
      expected: limit,
      runIdOf: (item) => parseTagsPartition(textOf(item, "pk"))?.runId
    })
    const runs: Array<RunSummary> = []
    let last: RunPlace | undefined
    for (let looked = 0; runs.length < limit && looked < mostHeads; ) {
      const places: Array<RunPlace> = []
      while (places.length < Math.min(headsAtATime, limit - runs.length)) {
        const [entry] = yield* merged.take
        if (entry === undefined) break
        looked++
        last = { startedAt: entry.startedAt, runId: entry.runId }
        if (entry.runId.startsWith(filter.prefix)) places.push(last)
        else if (looked >= mostHeads) break
      }
      if (places.length === 0 && looked < mostHeads) return { runs }
      const found = yield* Effect.forEach(places, (place) => newest(place.runId), { concurrency: headsAtATime })
      for (const [index, { address, head }] of found.entries()) {
        if (head === undefined) continue
        // Started anew since, it stands elsewhere. In its first generation the time is that of another turn, which has lost the race to begin it.
        if (head.startedAt !== places[index]?.startedAt && parseAddress(address).generation > 0) continue
        const run = ofHead(address, head)
        if (run !== undefined && fits(filter, run)) runs.push(run)
      }
    }
    return last !== undefined && (yield* merged.hasMore) ? { runs, last } : { runs }
  })

  const list = Effect.fnUntraced(function* (query: ListQuery) {
    const filter = runFilter(query)
    const listing = JSON.stringify(["dynamodb", table.name, tenant, filter === undefined ? null : filterText(filter)])
    const after = yield* readCursor(listing, query.cursor)
    if (filter === undefined) return { runs: [] } satisfies RunPage
    const { runs, last } = filter.tags.length > 0 ? yield* listTagged(filter, after) : yield* listAll(filter, after)
    return (last === undefined ? { runs } : { runs, cursor: writeCursor(listing, last) }) satisfies RunPage
  })

  /** They are listed by when they are to be looked at (`Deletion`). */
  const listDeleted = ({ before, limit }: { readonly before: number; readonly limit: number }) =>
    Effect.map(
      listAll({ ...allRuns, statuses: ["deleted" as RunStatus], until: Math.min(before, endOfTime), limit }, undefined),
      ({ runs }) => runs.map(({ generation, runId }): DeletedPlace => ({ runId, generation }))
    )

  const count = Effect.fnUntraced(function* (query: CountQuery) {
    const workflows = query.workflow === undefined ? yield* workflowNames() : [query.workflow]
    return yield* countRuns({ table, tenant, workflows }, query)
  })

  return { list, listDeleted, count, announce }
}

/** No listing has a generation that is over while its run goes on. */
interface Group {
  readonly workflow: string
  readonly status: RunStatus
}

const summaryOf = ({ item, partition, runId, startedAt }: Entry<Group>): RunSummary => {
  const { updatedAt = startedAt, tags } = readListed(item)
  return {
    runId,
    generation: parseRunPartition(textOf(item, "pk"))?.generation ?? 0,
    workflow: partition.workflow,
    definitionVersion: textOf(item, "d"),
    status: partition.status,
    startedAt: parseListSort(textOf(item, "gs")),
    updatedAt,
    ...shownTags(tags)
  }
}

const ofHead = (address: string, head: Head): RunSummary | undefined => {
  const { definitionVersion, startedAt, status, tags, updatedAt, workflow } = head
  if (status === "continued" || status === "deleted") return undefined
  return { ...parseAddress(address), workflow, definitionVersion, status, startedAt, updatedAt, ...shownTags(tags) }
}

const shownTags = (tags: Tags | undefined): Pick<RunSummary, "tags"> =>
  tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }

/** While an entry is moved it may be in both places. */
const newestOf = (found: ReadonlyArray<RunSummary>): RunSummary =>
  found.reduce((best, one) =>
    one.generation > best.generation || (one.generation === best.generation && one.updatedAt > best.updatedAt)
      ? one
      : best
  )
