import * as Effect from "effect/Effect"
import { isName } from "../../../../actor/definitions/name.ts"
import { type RunStatus, runStatuses } from "../../../../actor/history/head.ts"
import { type CountQuery, mostCounted, type RunCount, type RunCounts } from "../../../listing/runCounts.ts"
import type { DynamoTable, QueryPage } from "../dynamoTable.ts"
import { indexName, listPartition, listShards } from "../keys.ts"

export interface CountOptions {
  readonly table: DynamoTable
  readonly tenant: string
  readonly workflows: ReadonlyArray<string>
}

const operation = "RunTable.count"

/**
 * Counts entries of the index. What it costs follows from what it counts, a read unit for some sixty entries, and half a one for a partition without any: a
 * counter would cost a write with every start and every end, whoever looks at it.
 */
export const countRuns = Effect.fnUntraced(function* (options: CountOptions, query: CountQuery) {
  const counted = yield* Effect.forEach(
    runStatuses,
    (status) => Effect.map(countStatus(options, status, mostCounted(query)), (count) => [status, count] as const),
    { concurrency: runStatuses.length }
  )
  return Object.fromEntries(counted) as RunCounts
})

interface Shard {
  readonly gp: string
  readonly from?: NonNullable<QueryPage["next"]>
}

const countStatus = Effect.fnUntraced(function* (
  { table, tenant, workflows }: CountOptions,
  status: RunStatus,
  most: number
) {
  let shards: ReadonlyArray<Shard> = workflows
    .filter(isName)
    .flatMap((workflow) =>
      Array.from({ length: listShards }, (_, shard) => ({ gp: listPartition(tenant, { workflow, status }, shard) }))
    )
  let count = 0
  while (shards.length > 0 && count <= most) {
    const each = Math.ceil((most + 1 - count) / shards.length) + spare
    const pages = yield* Effect.forEach(
      shards,
      ({ gp, from }) =>
        table.query(operation, {
          IndexName: indexName,
          KeyConditionExpression: "gp = :gp",
          values: { ":gp": gp },
          Select: "COUNT",
          Limit: each,
          ...(from === undefined ? {} : { ExclusiveStartKey: from })
        }),
      { concurrency: listShards }
    )
    for (const page of pages) count += page.count
    shards = shards.flatMap(({ gp }, index) => {
      const from = pages[index]?.next
      return from === undefined ? [] : [{ gp, from }]
    })
  }
  return { count: Math.min(count, most), isMore: count > most } satisfies RunCount
})

/** Shards differ a little. */
const spare = 20
