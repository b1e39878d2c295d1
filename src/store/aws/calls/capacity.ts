import type { ConsumedCapacity } from "@aws-sdk/client-dynamodb"
import type * as Context from "effect/Context"
import { instruments } from "../../telemetry/instruments.ts"

/**
 * What one call to the table cost, as DynamoDB said: the same figures on every machine, and on the wire of every server.
 * A write that its condition refused is billed too, and DynamoDB does not say how much: it is not reported.
 */
export interface CapacityUse {
  /** Such as `RunTable.put`. */
  readonly operation: string
  readonly kind: "read" | "write"
  readonly tableUnits: number
  readonly indexUnits: number
}

export type OnCapacity = (use: CapacityUse) => void

/** Every call is counted as a metric as well. */
export const counted =
  (services: Context.Context<never>, onCapacity: OnCapacity | undefined): OnCapacity =>
  (use) => {
    instruments.units.add(services, use.tableUnits + use.indexUnits, use.kind, use.operation)
    onCapacity?.(use)
  }

export const reportCapacity = (
  onCapacity: OnCapacity | undefined,
  kind: CapacityUse["kind"],
  operation: string,
  consumed: ConsumedCapacity | undefined
): void => {
  if (onCapacity === undefined || consumed === undefined) return
  const indexes = Object.values(consumed.GlobalSecondaryIndexes ?? {})
  const indexUnits = indexes.reduce((sum, index) => sum + (index.CapacityUnits ?? 0), 0)
  onCapacity({ operation, kind, indexUnits, tableUnits: (consumed.CapacityUnits ?? 0) - indexUnits })
}
