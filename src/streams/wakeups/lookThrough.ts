import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { restartKey } from "../../actor/history/message.ts"
import type { FeedGap } from "../../store/changeFeed.ts"
import { readWholeRun } from "../../store/reading/wholeRun.ts"
import { RunTable, type UnstartedPage } from "../../store/runTable.ts"
import { insist } from "../fairness/backoff.ts"
import { inPlace } from "../fairness/place.ts"
import { Runs } from "../turns/runs.ts"
import { handToQueue } from "./handToQueue.ts"

export interface LookResult {
  /** Runs that had been started and had no head. They have been turned, or go on by a wake-up on the queue. */
  readonly found: number
  /** Of these, those that could not be turned, and why was logged. */
  readonly failed: number
  /** Where to go on, if this was not all. */
  readonly cursor?: string
}

export interface LookOptions {
  /** Where an earlier look has got to. */
  readonly cursor?: string | undefined
  /** Asked after each page, with where to go on (undefined: it was the last). False: no further. */
  readonly mayGoOn?: (cursor: string | undefined) => Effect.Effect<boolean>
  /** Before each run that is found. */
  readonly onFound?: Effect.Effect<void>
}

/**
 * Looks through the whole table for runs that were started and that nobody was told of: they have no head, so no listing shows
 * them to the sweeper (L1). All others it finds by itself. A page at a time, and one that cannot be read is asked for again.
 */
export const lookThrough = Effect.fnUntraced(function* (options: LookOptions = {}) {
  const { cursor: from, mayGoOn, onFound = Effect.void } = options
  const table = yield* RunTable
  const result = { found: 0, failed: 0 }
  const places = yield* Semaphore.make(16)
  let cursor = from
  do {
    const page: UnstartedPage = yield* insist("looking through the table", table.scanUnstarted(cursor))
    // Wait for all of them, also for those that wait for a store: whoever goes on from the cursor relies on all before it being seen to.
    yield* Effect.forEach(page.runIds, (runId) => inPlace(places, begin(runId, result, onFound)), {
      concurrency: "unbounded",
      discard: true
    })
    cursor = page.cursor
    if (mayGoOn !== undefined && !(yield* mayGoOn(cursor))) break
  } while (cursor !== undefined)
  return (cursor === undefined ? result : { ...result, cursor }) satisfies LookResult as LookResult
})

const begin = Effect.fnUntraced(function* (
  runId: string,
  result: { found: number; failed: number },
  onFound: Effect.Effect<void>
) {
  const table = yield* RunTable
  // Its doorbell may have come meanwhile.
  const what = `run ${placeOfAddress(runId)}`
  const head = yield* insist(what, table.readHead(runId))
  if (head !== undefined && !isTerminal(head.status)) return
  if (head !== undefined && head.status !== "continued" && !(yield* insist(what, isAskedAgain(runId)))) return
  result.found++
  yield* onFound
  const key = head === undefined ? undefined : restartKey("")
  yield* Effect.catchDefect(turnOrHandOver(runId, key), (defect) => {
    result.failed++
    return Effect.logWarning(`run ${placeOfAddress(runId)} was started and could not be turned`, defect)
  })
})

/**
 * One that takes long, as it is at inline steps that fail again and again, or alone waits for a store, goes on by a wake-up on the queue: those behind
 * it in the table are not to wait with it (L4).
 */
const turnOrHandOver = Effect.fnUntraced(function* (runId: string, key: string | undefined) {
  const runs = yield* Runs
  const turn = yield* Effect.forkChild(runs.ring(runId, key === undefined ? [] : [key]))
  const says = `run ${placeOfAddress(runId)} takes long, and is not waited for by the look through the table: it goes on by a wake-up on the queue`
  while (Option.isNone(yield* Effect.timeoutOption(Fiber.join(turn), patienceMs))) {
    if (yield* handToQueue(runId, key, says)) return yield* Fiber.interrupt(turn)
  }
})

/** A turn without steps takes milliseconds. */
const patienceMs = 10_000

/** A run that has ended may have been asked to go on: also by a request that it had adopted, if it was terminated then. */
const isAskedAgain = (runId: string) =>
  Effect.map(readWholeRun(runId), ({ messages }) =>
    messages.some(({ kind }) => kind === "restart" || kind === "repair")
  )

/** What a change feed has forgotten. A table of one page with nothing to find, as a new one is, is not worth a word. */
export const closeGap = Effect.fnUntraced(function* ({ because, cursor: from, seenTo }: FeedGap) {
  let said = false
  const say = Effect.suspend(() => {
    if (said) return Effect.void
    said = true
    return Effect.logInfo(`records may have been missed (${because}): looking through the table`)
  })
  const mayGoOn = Effect.fnUntraced(function* (cursor: string | undefined) {
    if (cursor !== undefined) yield* say
    return yield* insist("looking through the table", seenTo(cursor))
  })
  const { found, failed, cursor } = yield* lookThrough({ cursor: from, mayGoOn, onFound: say })
  if (!said) return
  const end = cursor === undefined ? "looked through the table" : "another host goes on with the look through the table"
  const failures = failed === 0 ? "" : `, ${failed} could not be turned`
  yield* Effect.logInfo(`${end}: ${found} runs had been started and had no head${failures}`)
})
