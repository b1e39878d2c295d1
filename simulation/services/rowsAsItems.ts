import * as Effect from "effect/Effect"
import type { AsWrites, NewRow, RowItem } from "../../src/store/transactions/asWrites.ts"

/** A row as items that mean what those of DynamoDB mean. What they say is known by which they are. */
export const asItems: AsWrites = (row) =>
  Effect.sync(() => {
    const Put = { TableName: "runs", Item: {}, ConditionExpression: "is not there" } as const
    const put = { Put: { ...Put, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } } as const satisfies RowItem
    puts.set(put, row)
    if (row.openRunOf === undefined) return { items: [put] }
    const Key = { pk: row.address, sk: "head" }
    const check = {
      ConditionCheck: {
        TableName: "runs",
        Key,
        ConditionExpression: "has not ended, and was not deleted",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD"
      }
    } as const satisfies RowItem
    checks.set(check, row)
    return { items: [check, put] }
  })

const puts = new WeakMap<RowItem, NewRow>()
const checks = new WeakMap<RowItem, NewRow>()

/** The row that the item puts, if it is absent; or whose run must go on. */
export const meaningOf = (
  item: RowItem
): { readonly put?: NewRow | undefined; readonly open?: NewRow | undefined } => ({
  put: puts.get(item),
  open: checks.get(item)
})
