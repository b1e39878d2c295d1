import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DeployedNames } from "../../schedules/deployedNames.ts"
import type { SweepPlace } from "../../sweepPlace.ts"
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
      typeof item?.q === "string" ? item.q : undefined
    ),
    save: (place) => table.put("SweepPlace.save", { pk, sk: placeKey, q: place })
  }
}

const names = Schema.Array(Schema.String)
const decodeKept = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Union([names, Schema.Struct({ names, asked: names, event: Schema.String })]))
)

/** Beside it: names of schedules, which the sweeper alone reads and writes. Those of earlier builds are an array. */
export const makeDeployedNames = ({ table, tenant }: Options): typeof DeployedNames.Service => {
  const pk = sweepPartition(tenant)
  return {
    load: Effect.map(table.get("DeployedNames.load", pk, schedulesKey), (item) => {
      if (item === undefined) return { names: [], asked: [], event: "" }
      const kept = Option.getOrUndefined(decodeKept(item.q))
      if (kept === undefined) return "unreadable"
      return "names" in kept ? kept : { names: kept, asked: [], event: "" }
    }),
    save: (kept) => table.put("DeployedNames.save", { pk, sk: schedulesKey, q: JSON.stringify(kept) })
  }
}
