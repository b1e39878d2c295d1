import * as Effect from "effect/Effect"
import { isName } from "../../../actor/definitions/name.ts"
import { type RunStatus, runStatuses } from "../../../actor/history/head.ts"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import type { ListQuery, RunPage, RunSummary } from "../../runTable.ts"
import { type Item, textOf } from "./attributes.ts"
import { type DynamoTable, type QueryPage, queryAll } from "./dynamoTable.ts"
import {
  indexName,
  isListSort,
  type ListGroup,
  listPartition,
  listShards,
  parseListSort,
  parseRunPartition,
  workflowsPartition
} from "./keys.ts"

/**
 * Lists runs by one index, whose partitions are workflow, status and one of eight shards: an entry is written when a run
 * starts and moved when its status changes, and not between. A listing goes through the groups (workflows by name, then
 * statuses) one after the other, and merges the shards of each, newest start first. The names of workflows are rows of
 * their own, as no query lists partitions.
 *
 * A summary's `updatedAt` is when the status last changed (the start, for a run that runs): the time of the last commit would
 * cost one more write with every commit.
 */
export interface RunListing {
  readonly list: (query: ListQuery) => Effect.Effect<RunPage, StoreUnavailable>
  /** Before the first commit of a run: its workflow is among those that a listing goes through. */
  readonly announce: (workflow: string) => Effect.Effect<void, StoreUnavailable | StoreRefused>
}

const operation = "RunTable.list"

const defaultLimit = 100
const maxLimit = 1000

export const makeRunListing = (options: { readonly table: DynamoTable; readonly tenant: string }): RunListing => {
  const { table, tenant } = options
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

  /** Up to `count` entries of a group older than `before`, newest first. */
  const listGroup = Effect.fnUntraced(function* (group: ListGroup, before: string | undefined, count: number) {
    const pageSize = Math.ceil(count / listShards) + 4
    const shards = Array.from({ length: listShards }, (_, shard) =>
      makeShardReader(table, { partition: listPartition(tenant, group, shard), before, pageSize })
    )
    const entries: Array<Item> = []
    while (entries.length < count) {
      yield* Effect.forEach(shards, (shard) => shard.fill, { concurrency: "unbounded", discard: true })
      const newest = shards.reduce((best, shard) => (shard.next() > best.next() ? shard : best))
      const entry = newest.take()
      if (entry === undefined) break
      entries.push(entry)
    }
    return entries
  })

  const list = Effect.fnUntraced(function* (query: ListQuery) {
    const limit = Math.max(1, Math.min(query.limit || defaultLimit, maxLimit))
    const from = query.cursor === undefined ? undefined : yield* decodeCursor(query.cursor)
    const names = query.workflow === undefined ? yield* workflowNames() : [query.workflow]
    const statuses = query.status === undefined ? runStatuses : [query.status]
    const groups = names.flatMap((workflow) => statuses.map((status): ListedGroup => ({ workflow, status })))
    const runs: Array<RunSummary> = []
    let last: Cursor | undefined
    for (const group of groups) {
      const order = from === undefined ? 1 : compareGroups(group, from)
      if (order < 0) continue
      // One more than asked for: whether a next page has anything.
      const entries = yield* listGroup(group, order === 0 ? from?.before : undefined, limit - runs.length + 1)
      for (const entry of entries) {
        if (runs.length === limit && last !== undefined) return { runs, cursor: encodeCursor(last) } satisfies RunPage
        runs.push(summaryOf(entry, group))
        last = { ...group, before: textOf(entry, "gs") }
      }
    }
    return { runs } satisfies RunPage
  })

  return { list, announce }
}

/** No listing has a generation that is over while its run goes on. */
type ListedGroup = ListGroup & { readonly status: RunStatus }

interface ShardReader {
  /** Sort key of the next entry; empty if there is none. */
  readonly next: () => string
  readonly take: () => Item | undefined
  /** Reads on if nothing is in hand and there may be more. */
  readonly fill: Effect.Effect<void, StoreUnavailable>
}

const makeShardReader = (
  table: DynamoTable,
  options: { readonly partition: string; readonly before: string | undefined; readonly pageSize: number }
): ShardReader => {
  const { partition, before, pageSize } = options
  let entries: ReadonlyArray<Item> = []
  let position = 0
  let after: QueryPage["next"]
  let atEnd = false
  const query = {
    IndexName: indexName,
    KeyConditionExpression: before === undefined ? "gp = :gp" : "gp = :gp AND gs < :before",
    values: { ":gp": partition, ...(before === undefined ? {} : { ":before": before }) },
    ScanIndexForward: false,
    Limit: pageSize
  }
  return {
    next: () => (position < entries.length ? textOf(entries[position] as Item, "gs") : ""),
    take: () => entries[position++],
    fill: Effect.suspend(() =>
      position < entries.length || atEnd
        ? Effect.void
        : Effect.map(
            table.query(operation, after === undefined ? query : { ...query, ExclusiveStartKey: after }),
            (page) => {
              entries = page.items
              position = 0
              after = page.next
              atEnd = page.next === undefined
            }
          )
    )
  }
}

const summaryOf = (entry: Item, { workflow, status }: ListedGroup): RunSummary => {
  const startedAt = parseListSort(textOf(entry, "gs"))
  const { runId, generation } = parseRunPartition(textOf(entry, "pk")) ?? { runId: "", generation: 0 }
  return {
    runId,
    generation,
    workflow,
    definitionVersion: textOf(entry, "d"),
    status,
    startedAt,
    updatedAt: typeof entry.u === "number" ? entry.u : startedAt
  }
}

/** As in the order of the listing. */
const compareGroups = (a: ListedGroup, b: ListedGroup): number => {
  if (a.workflow !== b.workflow) return Buffer.compare(Buffer.from(a.workflow), Buffer.from(b.workflow))
  return runStatuses.indexOf(a.status) - runStatuses.indexOf(b.status)
}

/** Where the page before ended: later pages hold what comes after, whatever has started since. */
interface Cursor extends ListedGroup {
  readonly before: string
}

const encodeCursor = ({ workflow, status, before }: Cursor): string =>
  Buffer.from(JSON.stringify([workflow, status, before])).toString("base64url")

/** A cursor that no listing gave out is a mistake of the caller's, which trying again does not mend. */
const decodeCursor = (cursor: string): Effect.Effect<Cursor> =>
  Effect.suspend(() => {
    try {
      const [workflow, status, before] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"))
      if (isName(workflow) && isListSort(String(before)) && runStatuses.includes(status)) {
        return Effect.succeed({ workflow, status, before })
      }
    } catch {
      // Said below.
    }
    return Effect.die(new RangeError(`${JSON.stringify(cursor)} is no cursor of a listing`))
  })
