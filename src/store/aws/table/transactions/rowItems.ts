import { parseAddress } from "../../../../actor/history/generation.ts"
import { headStatuses, isTerminal } from "../../../../actor/history/head.ts"
import { messageKey } from "../../../../actor/history/message.ts"
import type { NewRow, RowItem, RowWrites } from "../../../transactions/asWrites.ts"
import { headKey, listPartition, listShard, type RunPartition, runPartition } from "../keys.ts"
import { messageItem } from "../messageItem.ts"

/** Statuses after which nobody receives anything. A generation that the run has left behind sends on what it gets. */
const ended = headStatuses.filter((status) => isTerminal(status) && status !== "continued")

export const rowItems =
  (TableName: string, tenant: string) =>
  ({ address, message, openRunOf, isBegun = false }: NewRow): RowWrites => {
    const pk = runPartition({ tenant, ...parseAddress(address) })
    const put: RowItem = {
      Put: {
        TableName,
        Item: { pk, sk: messageKey(message), ...messageItem(message) },
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD"
      }
    }
    if (openRunOf === undefined) return { items: [put] }
    return { items: [...openChecks(TableName, { tenant, address, openRunOf, isBegun }), put] }
  }

interface OpenRun {
  readonly tenant: string
  readonly address: string
  readonly openRunOf: string
  readonly isBegun: boolean
}

/** `l` is on each head of a run that is deleted, whatever its status says. */
const openChecks = (
  TableName: string,
  { address, isBegun, openRunOf, tenant }: OpenRun
): ReadonlyArray<ConditionCheck> => {
  const { generation, runId } = parseAddress(address)
  // A head's partition in the index names its status.
  const shard = listShard(runId)
  const partitions = ended.map((status) => listPartition(tenant, { workflow: openRunOf, status }, shard))
  const notEnded = `(attribute_not_exists(gp) OR NOT gp IN (${ended.map((status) => `:${status}`).join(", ")}))`
  const check = (place: RunPartition, sk: string, ConditionExpression: string): ConditionCheck["ConditionCheck"] => ({
    TableName,
    Key: { pk: runPartition(place), sk },
    ConditionExpression,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD"
  })
  const begun = isBegun ? "attribute_exists(v) AND " : ""
  const own = {
    ConditionCheck: {
      ...check({ tenant, runId, generation }, headKey, `${begun}attribute_not_exists(l) AND ${notEnded}`),
      ExpressionAttributeValues: Object.fromEntries(
        ended.map((status, index) => [`:${status}`, partitions[index] ?? ""])
      )
    }
  }
  if (isBegun) return [own]
  const before =
    generation === 0
      ? check({ tenant, runId, generation }, "start", "attribute_exists(w)")
      : check({ tenant, runId, generation: generation - 1 }, headKey, "attribute_exists(v) AND attribute_not_exists(l)")
  return [own, { ConditionCheck: before }]
}

type ConditionCheck = Extract<RowItem, { readonly Put?: undefined }>
