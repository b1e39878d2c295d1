import * as Result from "effect/Result"
import { isLimiter } from "../../../src/actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../../src/actor/calls/limits/limitParts.ts"
import { endOf, type Head, isTerminal } from "../../../src/actor/history/head.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"

/**
 * What came too late for a limiter that is over goes along to no later one: who asks is told to ask again, or waits no more. Who goes on with what holds a place
 * waits for nothing, and to whom a place is given back, nobody holds one any more.
 */
export const isSentAway = (table: SimulatedTable, address: string, head: Head, key: string): boolean => {
  if (!isLimiter(address) || endOf(head)?.tag === "continued") return false
  const row = table.row(address, key)
  if (row?.kind !== "signal" || row.name !== limitNews.name || isReference(row.payload)) return false
  const news = Result.getOrThrow(limitNews.codec().decode(row.payload))
  if (news._tag === "leave" || news.who.insists === true) return true
  const { id, run } = news.who
  if (table.rowOfRun(run, `signal/${placeGiven.name}/${id}`) !== undefined) return true
  const now = table.head(table.newest(run))
  return now === undefined ? table.row(run, "start") === undefined : isTerminal(now.status)
}
