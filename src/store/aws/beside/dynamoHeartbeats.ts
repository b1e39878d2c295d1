import * as Effect from "effect/Effect"
import type { Heartbeats } from "../../beside/heartbeats.ts"
import { numberOf } from "../table/attributes.ts"
import type { DynamoTable } from "../table/dynamoTable.ts"
import { addressPartition, heartbeatKey } from "../table/keys.ts"

/** An item of the run's own partition, so that a role that may write one tenant's runs writes no other's heartbeats (S15). */
export const makeDynamoHeartbeats = ({
  table,
  tenant
}: {
  readonly table: DynamoTable
  readonly tenant: string
}): Heartbeats["Service"] => {
  const partitionOf = (address: string) => addressPartition(tenant, address)
  return {
    beat: (address, id, at) => table.put("Heartbeats.beat", { pk: partitionOf(address), sk: heartbeatKey(id), t: at }),
    last: (address, id) =>
      Effect.map(table.get("Heartbeats.last", partitionOf(address), heartbeatKey(id)), (item) =>
        item === undefined ? undefined : numberOf(item, "t")
      )
  }
}
