import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { CapacityUse } from "../../../src/store/aws/calls/capacity.ts"
import { makeDynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { maxPartitionBytes, maxSortBytes } from "../../../src/store/aws/table/keys.ts"
import { errorAnswer, type WireAnswer, wireClient } from "./wire.ts"

const open = (answer: (operation: string) => WireAnswer) => {
  const asked: Array<string> = []
  const billed: Array<CapacityUse> = []
  const client = wireClient(({ operation }) => {
    asked.push(operation)
    return answer(operation)
  })
  const table = makeDynamoTable({ client, tableName: "runs", onCapacity: (use) => void billed.push(use) })
  return { table, asked, billed }
}

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(Effect.result(effect))

const item = { pk: "/r/0", sk: "step/a#0" }
const actions = [{ Put: { TableName: "accounts", Item: { id: "a" } } }]

describe("an item with a key that is over DynamoDB's limits", () => {
  it("is not there, and nobody is asked", async () => {
    const { asked, table } = open(() => errorAnswer("ValidationException", "Size of hashkey has exceeded the maximum"))
    for (const [pk, sk] of [
      ["p".repeat(maxPartitionBytes + 1), "s"],
      ["p", "s".repeat(maxSortBytes + 1)]
    ] as const)
      expect(await run(table.get("RunTable.readHead", pk, sk))).toMatchObject({ _tag: "Success", success: undefined })
    expect(asked).toEqual([])
  })

  it("is asked for where the key is as long as it may be", async () => {
    const { asked, table } = open(() => ({ body: {} }))
    await run(table.get("RunTable.readHead", "p".repeat(maxPartitionBytes), "s".repeat(maxSortBytes)))
    expect(asked).toEqual(["GetItem"])
  })
})

describe("a transaction", () => {
  it("is billed for what it has cost on this table, and not for what on those of the user's", async () => {
    const { billed, table } = open(() => ({
      body: {
        ConsumedCapacity: [
          { TableName: "runs", CapacityUnits: 2 },
          { TableName: "accounts", CapacityUnits: 40 }
        ]
      }
    }))
    expect(await run(table.transact("RunTable.putWith", item, actions))).toMatchObject({ success: { _tag: "Written" } })
    expect(billed).toEqual([{ operation: "RunTable.putWith", kind: "write", tableUnits: 2, indexUnits: 0 }])
  })
})

describe("two items that go together", () => {
  const both = (...codes: ReadonlyArray<string>) => {
    const { table } = open(() =>
      errorAnswer("TransactionCanceledException", "Transaction cancelled", {
        CancellationReasons: codes.map((Code) => ({ Code }))
      })
    )
    const head = { pk: "/r/0", sk: "head" }
    return run(table.deleteBoth("RunEraser.remove", item, head, { attribute: "v", equals: 3 }))
  }

  it("stay where the second is no more what it was, or is gone, and that is no failure", async () => {
    expect(await both("None", "ConditionalCheckFailed")).toMatchObject({ _tag: "Success" })
  })

  it("are asked for again where others are in the way", async () => {
    expect(await both("TransactionConflict", "None")).toMatchObject({ failure: { _tag: "StoreUnavailable" } })
  })
})
