import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { DynamoTable, QueryInput, QueryPage } from "../../../src/store/aws/table/dynamoTable.ts"
import { listPartition } from "../../../src/store/aws/table/keys.ts"
import { countRuns } from "../../../src/store/aws/table/listing/countRuns.ts"

/** An index with so many entries in one of its partitions, each read no further than was asked for. */
const tableOf = (partition: string, entries: number) => {
  const query = (_: string, { ExclusiveStartKey, Limit = entries, values }: QueryInput): Effect.Effect<QueryPage> => {
    const from = Number(ExclusiveStartKey?.at ?? 0)
    const count = values[":gp"] === partition ? Math.min(entries - from, Limit) : 0
    const isMore = values[":gp"] === partition && from + count < entries
    return Effect.succeed({ items: [], count, next: isMore ? { at: from + count } : undefined })
  }
  return { query } as Pick<DynamoTable, "query"> as DynamoTable
}

it("a count says that there are more wherever there are, however its pages lie", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const workflow = "orders"
      const table = tableOf(listPartition("", { workflow, status: "running" }, 3), 60)
      for (let upTo = 1; upTo <= 70; upTo++) {
        const { running } = yield* countRuns({ table, tenant: "", workflows: [workflow] }, { upTo })
        expect(running).toEqual({ count: Math.min(60, upTo), isMore: upTo < 60 })
      }
    })
  ))
