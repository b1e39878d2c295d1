import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, placeOfAddress } from "../../actor/history/generation.ts"
import type { Head, RunStatus } from "../../actor/history/head.ts"
import { messageKey } from "../../actor/history/message.ts"
import { adoptedOrder, readWholeRun } from "../../store/reading/wholeRun.ts"
import { RunTable } from "../../store/runTable.ts"
import { unlessItWaits } from "../fairness/place.ts"
import { decidedOf } from "../turns/decisions/decisions.ts"
import { isNews } from "../turns/loadRun.ts"
import { Runs } from "../turns/runs.ts"
import { type Looks, type SweptStatus, sweptStatuses } from "./looks.ts"

export interface SweepResult {
  readonly scanned: number
  /** Parked runs that were tried again: the code may be right by now. */
  readonly retried: number
  /** Runs with something that nobody was going to see to: unread rows, notices or timers not put, steps that the queue has lost. */
  readonly stalled: number
  /** Of these, the ones that go on now. */
  readonly resumed: number
  readonly failed: number
}

export interface SweepOptions {
  readonly quietMs: number
  readonly pageSize?: number
  /** Where to go on, and what is due: from pass to pass. */
  readonly looks: Looks
  /** Asked before each run. False: what is left is left to the next pass. Default: always true. */
  readonly mayGoOn?: () => boolean
  /** Before each look, and after each page of the listing: `looks` has got further. Default: nothing. */
  readonly onProgress?: Effect.Effect<void>
  /** Counted into as the pass goes on, for whoever may have to end it. Default: a fresh one. */
  readonly counts?: SweepCounts
}

/**
 * One pass over runs that have not ended: parked ones are tried again, and runs that have not moved for `quietMs` are looked
 * at for what a lost wake-up would have left behind (L1). Goes on where the pass before had to stop, and ends with the last run.
 */
export const sweep = Effect.fnUntraced(function* (options: SweepOptions) {
  const result = options.counts ?? noCounts()
  const now = yield* Clock.currentTimeMillis
  options.looks.begin(now)
  for (const status of sweptStatuses) {
    yield* sweepStatus(status, now - options.quietMs, options, result)
  }
  return result satisfies SweepResult
})

export type SweepCounts = { -readonly [K in keyof SweepResult]: SweepResult[K] }

export const noCounts = (): SweepCounts => ({ scanned: 0, retried: 0, stalled: 0, resumed: 0, failed: 0 })

const sweepStatus = Effect.fnUntraced(function* (
  status: SweptStatus,
  before: number,
  options: SweepOptions,
  result: SweepCounts
) {
  const { looks, mayGoOn = () => true, onProgress = Effect.void } = options
  while (mayGoOn()) {
    const from = looks.pageOf(status)
    if (from === undefined) return
    const page = yield* listPage(status, from.cursor, options)
    const begun = page.runs.findLastIndex(({ runId }) => from.past.includes(runId)) + 1
    let left = page.runs.length - begun
    yield* Effect.forEach(
      page.runs.slice(begun),
      (run) => {
        if (!mayGoOn()) return Effect.void
        left--
        looks.pass(run.runId)
        result.scanned++
        const isQuiet = status !== "running" || run.updatedAt <= before
        const since = run.updatedAt + (status === "running" ? options.quietMs : 0)
        if (!isQuiet || !looks.isDue(status, { runId: run.runId, since })) return Effect.void
        return Effect.andThen(onProgress, lookAt(run.runId, status, looks, result))
      },
      { concurrency: 8, discard: true }
    )
    if (left > 0) return
    looks.turnPage(status, page.cursor)
    yield* onProgress
    yield* Effect.yieldNow
  }
})

const lookAt = Effect.fnUntraced(function* (runId: string, status: RunStatus, looks: Looks, result: SweepCounts) {
  // What was not looked at to its end is looked at again soon.
  let hasFound = true
  const look = Effect.map(sweepRun(runId, status, result), (found) => {
    hasFound = found
  })
  // One that waits for a store, or is at inline steps that fail again and again, goes on by itself; the others are not to wait with it.
  const inTime = Effect.raceFirst(unlessItWaits(look), Effect.as(Effect.sleep(patienceMs), false))
  const isThrough = yield* Effect.catchCause(inTime, (cause) =>
    Effect.as(Effect.logWarning(`sweep: run ${placeOfAddress(runId)}`, cause), false)
  )
  if (!isThrough) result.failed++
  looks.looked(runId, hasFound, yield* Clock.currentTimeMillis)
  // A store in this process answers at once, and all else that goes on here would wait for the whole pass. Behind the look: what counts as
  // looked at has been, if the process ends here.
  yield* Effect.yieldNow
})

/** A look takes milliseconds, and a turn that comes of it as well, but for its inline steps. */
const patienceMs = 30_000

const listPage = Effect.fnUntraced(function* (
  status: RunStatus,
  cursor: string | undefined,
  { looks, pageSize: limit = 1_000 }: SweepOptions
) {
  const table = yield* RunTable
  const listed = Effect.map(table.list({ status, limit, ...(cursor === undefined ? {} : { cursor }) }), (page) => ({
    ...page,
    runs: page.runs.map((run) => ({ ...run, runId: addressOf(run.runId, run.generation) }))
  }))
  // A cursor that the listing does not take is none at the next pass either: another version has left it, and the round begins anew.
  return yield* Effect.onExit(Effect.catchTag(listed, "CursorInvalid", Effect.die), (exit) =>
    Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? Effect.sync(() => looks.forget()) : Effect.void
  )
})

/** Answers whether there was something to be done: then a second look is worth while before long. */
const sweepRun = Effect.fnUntraced(function* (runId: string, status: RunStatus, result: SweepCounts) {
  const runs = yield* Runs
  if (status === "parked") {
    result.retried++
    yield* runs.look(runId)
    const table = yield* RunTable
    // It goes on now, but steps and timers that it waited for when it was parked may have been lost since.
    return (yield* table.readHead(runId))?.status === "running"
  }
  const stored = yield* readWholeRun(runId)
  if (stored.head === undefined) return false
  if (status === "paused") {
    if (decidedOf(stored) === undefined) return false
    result.stalled++
    yield* runs.look(runId)
    result.resumed++
    return true
  }
  const lost = yield* putLostTimers(runId, stored.head)
  const adopted = new Set(adoptedOrder(stored.head, stored).map(adoptedKey))
  const now = yield* Clock.currentTimeMillis
  const { open } = stored.head
  const news = stored.messages.filter((row) => isNews(row, now, open)).map(messageKey)
  const unread = [...lost, ...news].filter((key) => !adopted.has(key))
  if (unread.length > 0 || stored.head.notices) {
    result.stalled++
    yield* runs.ring(runId, unread, false)
    result.resumed++
  }
  // In addition to the notices, not instead of them: a head may have notices for weeks while the queue has also lost a step.
  const waits = unread.length === 0 && open.some(({ kind }) => kind === "step" || kind === "child")
  const recovered = waits ? yield* runs.recoverLost(runId) : 0
  if (recovered === "unreadable") {
    // Nothing else may ever ring for it, and it would be listed as running for ever.
    result.stalled++
    yield* runs.ring(runId, [], false)
    return true
  }
  if (recovered > 0 && !stored.head.notices) {
    result.stalled++
    result.resumed++
  }
  // Of notices that stand in the head for weeks there is nothing new.
  return unread.length > 0 || recovered > 0
})

/** Timers that are long due and have not fired: whatever was to put their rows has lost them. Answers with the keys of the rows. */
const putLostTimers = Effect.fnUntraced(function* (runId: string, head: Head) {
  const table = yield* RunTable
  const now = yield* Clock.currentTimeMillis
  const lost: Array<string> = []
  for (const { kind, key, fingerprint } of head.open) {
    const due = Number(fingerprint)
    if (kind !== "timer" || due > now - timerGraceMs) continue
    const row = { kind, key, due, at: now } as const
    yield* table.put(runId, row)
    lost.push(messageKey(row))
  }
  return lost
})

/** Beyond this a timer is not late but lost: a schedule fires within its minute, a delayed message within seconds. */
const timerGraceMs = 120_000
