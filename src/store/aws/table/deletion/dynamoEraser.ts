import * as Effect from "effect/Effect"
import { addressOf } from "../../../../actor/history/generation.ts"
import { type ErasedRun, RunEraser } from "../../../deletion/runEraser.ts"
import type { StoreRefused, StoreUnavailable } from "../../../errors.ts"
import { textOf } from "../attributes.ts"
import { type DynamoTable, queryAll } from "../dynamoTable.ts"
import {
  headKey,
  outputPartition,
  parseStreamKey,
  repliesPartition,
  runPartition,
  stepMarksPartition,
  streamsPartition,
  tagsPartition
} from "../keys.ts"
import type { ItemKey } from "./deletes.ts"

const operation = "RunEraser.erase"

export interface DynamoEraserOptions {
  readonly table: DynamoTable
  readonly tenant: string
  /** Payload objects of a run. Answers with how many there were. */
  readonly eraseObjects: (runId: string) => Effect.Effect<number, StoreUnavailable | StoreRefused>
}

/**
 * Keys of a partition are read and deleted, one write unit for each KB of an item. What leads to other partitions goes after what it leads to, so
 * that whoever goes on with it finds the same.
 */
export const makeDynamoEraser = ({ eraseObjects, table, tenant }: DynamoEraserOptions): RunEraser["Service"] => {
  const keysOf = (partition: string) =>
    Effect.map(
      queryAll(table, operation, {
        KeyConditionExpression: "pk = :pk",
        ProjectionExpression: "pk, sk",
        values: { ":pk": partition },
        ConsistentRead: true
      }),
      (items) => items.map((item): ItemKey => ({ pk: textOf(item, "pk"), sk: textOf(item, "sk") }))
    )

  const clear = Effect.fnUntraced(function* (partition: string, stays: (key: string) => boolean = () => false) {
    const keys = (yield* keysOf(partition)).filter(({ sk }) => !stays(sk))
    yield* table.deleteAll(operation, keys)
    return keys.length
  })

  const erase = Effect.fnUntraced(function* ({ generation, runId, streams }: ErasedRun) {
    const partitions = Array.from({ length: generation + 1 }, (_, number) =>
      runPartition({ tenant, runId, generation: number })
    )
    const [first = ""] = partitions
    const known = (yield* keysOf(streamsPartition(first))).map(({ sk }) => parseStreamKey(sk))
    const output = [...known, ...streams].map(({ name, since }) =>
      outputPartition(tenant, addressOf(runId, since), name)
    )
    let count = yield* eraseObjects(runId)
    for (const partition of new Set(output)) count += yield* clear(partition)
    count += yield* clear(streamsPartition(first))
    count += yield* clear(tagsPartition(first))
    for (const [number, partition] of partitions.entries()) {
      count += yield* clear(repliesPartition({ tenant, runId, generation: number }))
      count += yield* clear(stepMarksPartition(partition))
      const stays = (key: string) => (number === 0 && key === "start") || key === headKey
      count += yield* clear(partition, stays)
    }
    // What came for a start that was asked for and is not to be.
    count += yield* clear(runPartition({ tenant, runId, generation: generation + 1 }))
    return count
  })

  return RunEraser.of({
    erase,
    remove: Effect.fnUntraced(function* ({ generation, runId, version }) {
      const headOf = (number: number) => ({ pk: runPartition({ tenant, runId, generation: number }), sk: headKey })
      const earlier = Array.from({ length: generation }, (_, number) => headOf(number))
      // Behind the tombstone they might be those of another run.
      yield* table.deleteAll("RunEraser.remove", earlier)
      const start = { pk: runPartition({ tenant, runId, generation: 0 }), sk: "start" }
      yield* table.deleteBoth("RunEraser.remove", start, headOf(generation), { attribute: "v", equals: version })
    })
  })
}
