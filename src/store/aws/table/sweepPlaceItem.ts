import * as Effect from "effect/Effect"
import type { SweepPlace } from "../../sweepPlace.ts"
import { textOf } from "./attributes.ts"
import type { DynamoTable } from "./dynamoTable.ts"
import { sweepPartition } from "./keys.ts"

const placeKey = "place"

/** The sweeper's place as an item of the tenant's own, in no run's partition. Rings for nobody, and is in no index. */
export const makeSweepPlace = ({
  table,
  tenant
}: {
  readonly table: DynamoTable
  readonly tenant: string
}): typeof SweepPlace.Service => {
  const pk = sweepPartition(tenant)
  return {
    load: Effect.map(table.get("SweepPlace.load", pk, placeKey), (item) =>
      item === undefined ? undefined : textOf(item, "q")
    ),
    save: (place) => table.put("SweepPlace.save", { pk, sk: placeKey, q: place })
  }
}
