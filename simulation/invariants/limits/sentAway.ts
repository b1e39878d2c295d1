import * as Result from "effect/Result"
import { askId, isLimiter, readPlaceChannel } from "../../../src/actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../../src/actor/calls/limits/limitParts.ts"
import { addressOf, parseAddress } from "../../../src/actor/history/generation.ts"
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
  const { channel, id, run } = news.who
  // Whoever has given that question up there is told nothing, and its run may go on.
  if (table.row(address, `signal/${limitNews.name}/leave/${id}`) !== undefined) return true
  if (table.rowOfRun(run, `signal/${placeGiven.name}/${id}`) !== undefined) return true
  // A generation behind the one that has asked asks anew, also one that goes on from the middle of it.
  const asker = askerOf(table, run, channel, id) ?? table.newest(run)
  const now = table.head(asker)
  return now === undefined ? table.row(run, "start") === undefined : isTerminal(now.status)
}

/** The generation of the run that has asked so. Undefined: none that is there. */
export const askerOf = (table: SimulatedTable, run: string, channel: string, id: string): string | undefined => {
  const { n, place } = readPlaceChannel(channel)
  for (let generation = parseAddress(table.newest(run)).generation; generation >= 0; generation--) {
    const address = addressOf(run, generation)
    if (askId(address, place, n) === id) return address
  }
  return undefined
}
