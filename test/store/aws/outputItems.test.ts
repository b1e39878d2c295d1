import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { makeDynamoOutput } from "../../../src/store/aws/beside/dynamoOutput.ts"
import type { Item } from "../../../src/store/aws/table/attributes.ts"
import type { DynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { StoreUnavailable } from "../../../src/store/errors.ts"

it("a stream has no chunk of which nobody would know who deletes its run", async () => {
  const away = new StoreUnavailable({ operation: "OutputChunks.put", message: "away" })
  const chunks: Array<Item> = []
  const table = {
    put: () => Effect.fail(away),
    putIf: (_: string, item: Item) => Effect.sync(() => ({ _tag: "Written", count: chunks.push(item) }))
  } as unknown as DynamoTable
  const output = makeDynamoOutput({ table, tenant: "" })
  const source = { kind: "body", generation: 0, index: 0 } as const
  const first = { position: 0, at: 1, values: ["1"], source, bodies: { generation: 0, count: 1 } }
  const put = await Effect.runPromise(Effect.result(output.put({ runId: "r", name: "tokens" }, first)))
  expect(put).toMatchObject({ _tag: "Failure", failure: away })
  expect(chunks).toEqual([])
})
