import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DeployedNames } from "../../schedules/deployedNames.ts"
import type { SweepPlace } from "../../sweepPlace.ts"
import { textOf } from "./attributes.ts"
import type { DynamoTable } from "./dynamoTable.ts"
import { sweepPartition } from "./keys.ts"

const placeKey = "place"
const schedulesKey = "schedules"

interface Options {
  readonly table: DynamoTable
  readonly tenant: string
}

/** The sweeper's place as an item of the tenant's own, in no run's partition. Rings for nobody, and is in no index. */
export const makeSweepPlace = ({ table, tenant }: Options): typeof SweepPlace.Service => {
  const pk = sweepPartition(tenant)
  return {
    load: Effect.map(table.get("SweepPlace.load", pk, placeKey), (item) =>
      item === undefined ? undefined : textOf(item, "q")
    ),
    save: (place) => table.put("SweepPlace.save", { pk, sk: placeKey, q: place })
  }
}

const decodeNames = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Schema.String)))

/** Beside it: names of schedules, which the sweeper alone reads and writes. */
export const makeDeployedNames = ({ table, tenant }: Options): typeof DeployedNames.Service => {
  const pk = sweepPartition(tenant)
  return {
    load: Effect.map(table.get("DeployedNames.load", pk, schedulesKey), (item) =>
      item === undefined ? [] : decodeNames(textOf(item, "q"))
    ),
    save: (names) => table.put("DeployedNames.save", { pk, sk: schedulesKey, q: JSON.stringify(names) })
  }
}
