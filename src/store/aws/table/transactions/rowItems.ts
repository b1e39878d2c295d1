import { parseAddress } from "../../../../actor/history/generation.ts"
import { headStatuses, isTerminal } from "../../../../actor/history/head.ts"
import { messageKey } from "../../../../actor/history/message.ts"
import type { NewRow, RowItem, RowWrites } from "../../../transactions/asWrites.ts"
import { headKey, listPartition, listShard, runPartition } from "../keys.ts"
import { messageItem } from "../messageItem.ts"

/** Statuses after which nobody receives anything. A generation that the run has left behind sends on what it gets. */
const ended = headStatuses.filter((status) => isTerminal(status) && status !== "continued")

export const rowItems =
  (TableName: string, tenant: string) =>
  ({ address, message, openRunOf }: NewRow): RowWrites => {
    const run = { tenant, ...parseAddress(address) }
    const pk = runPartition(run)
    const put: RowItem = {
      Put: {
        TableName,
        Item: { pk, sk: messageKey(message), ...messageItem(message) },
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD"
      }
    }
    if (openRunOf === undefined) return { items: [put] }
    // A head's partition in the index names its status.
    const shard = listShard(run.runId)
    const partitions = ended.map((status) => listPartition(tenant, { workflow: openRunOf, status }, shard))
    const check: RowItem = {
      ConditionCheck: {
        TableName,
        Key: { pk, sk: headKey },
        ConditionExpression: `attribute_not_exists(gp) OR NOT gp IN (${ended.map((status) => `:${status}`).join(", ")})`,
        ExpressionAttributeValues: Object.fromEntries(
          ended.map((status, index) => [`:${status}`, partitions[index] ?? ""])
        ),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD"
      }
    }
    return { items: [check, put] }
  }
