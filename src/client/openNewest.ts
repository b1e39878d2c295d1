import * as Effect from "effect/Effect"
import { RunNotFound } from "../actor/errors.ts"
import { addressOf, parseAddress } from "../actor/history/generation.ts"
import { isPresent } from "../actor/history/head.ts"
import { runGone } from "../store/deletion/gone.ts"
import { asItWas, findAsItWas, type Newest, newestFrom } from "../store/generations/newest.ts"
import { RunTable } from "../store/runTable.ts"

/** The generation that a run is in. `RunNotFound`: nobody has started such a run. */
export const openNewest = Effect.fnUntraced(function* (runId: string) {
  const table = yield* RunTable
  const newest: Newest = yield* findAsItWas(runId)
  // Of a later generation the one before it is the proof.
  const isKnown = newest.head !== undefined || newest.address !== runId
  if (isKnown) return newest
  const start = yield* table.readMessage(runId, "start")
  if (start?.kind !== "start" || newest.deleted !== undefined) return yield* runGone(runId, start, newest.deleted)
  return newest
})

/**
 * Whoever waits looks again. `RunNotFound`: the run was deleted meanwhile, and nothing ever comes of it. `waitedMs`: how long the last pause was. Whoever has
 * waited for a while for a run that nobody has begun asks whether it is there at all.
 */
export const lookAgain = Effect.fnUntraced(function* (runId: string, before: Newest, waitedMs: number) {
  const table = yield* RunTable
  const { address, head } = before
  const now = yield* asItWas(yield* newestFrom({ address, head: yield* table.readHead(address) }))
  if (now.deleted !== undefined) return yield* unlessDecided(runId, now)
  if (now.head !== undefined) return now
  const hasVanished = head !== undefined && now.address === address
  return hasVanished || (waitedMs >= longWaitMs && !(yield* isToBegin(now))) ? yield* unlessDecided(runId, now) : now
})

const longWaitMs = 250

/** Of one without a head: is there anything that it will begin with? Without a tombstone nothing else tells one that is deleted. */
const isToBegin = Effect.fnUntraced(function* ({ address }: Newest) {
  const table = yield* RunTable
  const { generation, runId } = parseAddress(address)
  if (generation === 0) return (yield* table.readMessage(runId, "start"))?.kind === "start"
  const before = yield* table.readHead(addressOf(runId, generation - 1))
  if (before === undefined || isPresent(before)) return before !== undefined
  return (yield* table.readMessage(runId, "start"))?.kind === "start"
})

/** A deletion may be taken back as long as no tombstone stands. */
export const unlessDecided = Effect.fnUntraced(function* (runId: string, newest: Newest) {
  const start = yield* (yield* RunTable).readMessage(runId, "start")
  if (start?.kind !== "start") return yield* runGone(runId, start, newest.deleted)
  if (newest.deleted !== undefined) return newest
  const message = `run ${runId} was deleted, and another one was started under its id since`
  return yield* new RunNotFound({ runId, message })
})
