import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { adoptedKey } from "../../actor/history/entry.ts"
import type { Head, RunStatus } from "../../actor/history/head.ts"
import { messageKey } from "../../actor/history/message.ts"
import { RunTable } from "../../store/runTable.ts"
import { adoptedOrder, readWholeRun } from "../../store/wholeRun.ts"
import { unlessItWaits } from "../fairness/place.ts"
import { isNews } from "../turns/loadRun.ts"
import { Runs } from "../turns/runs.ts"

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
  /** When to look at which run again, from pass to pass. */
  readonly looks: Looks
  /** Asked before each run. False: what is left is left to the next pass. Default: always true. */
  readonly mayGoOn?: () => boolean
  /** Counted into as the pass goes on, for whoever may have to end it. Default: a fresh one. */
  readonly counts?: SweepCounts
}

/**
 * A run is looked at as soon as it is met parked or quiet (this host's code may be the right one, a wake-up may have been lost),
 * then more and more seldom: a run that loops costs a whole turn's limit each time, and a look at a sleeping one a read of its
 * partition. A new message for the run is another matter, and turns it at once.
 */
export class Looks {
  private readonly next = new Map<string, { readonly at: number; readonly delayMs: number }>()

  isDue(runId: string, now: number): boolean {
    const known = this.next.get(runId)
    if (known !== undefined && known.at > now) return false
    const delayMs = Math.min(known === undefined ? firstLookMs : known.delayMs * 2, longestLookMs)
    if (this.next.size >= 10_000) this.next.clear()
    this.next.set(runId, { at: now + delayMs, delayMs })
    return true
  }
}

const firstLookMs = 60_000
const longestLookMs = 3_600_000

/**
 * One pass over runs that have not ended: parked ones are tried again, and runs that have not moved for `quietMs` are looked
 * at for what a lost wake-up would have left behind (L1).
 */
export const sweep = Effect.fnUntraced(function* (options: SweepOptions) {
  const result = options.counts ?? noCounts()
  const before = (yield* Clock.currentTimeMillis) - options.quietMs
  for (const status of ["parked", "running"] satisfies ReadonlyArray<RunStatus>) {
    yield* sweepStatus(status, before, options, result)
  }
  return result satisfies SweepResult
})

export type SweepCounts = { -readonly [K in keyof SweepResult]: SweepResult[K] }

export const noCounts = (): SweepCounts => ({ scanned: 0, retried: 0, stalled: 0, resumed: 0, failed: 0 })

const sweepStatus = Effect.fnUntraced(function* (
  status: RunStatus,
  before: number,
  { looks, pageSize: limit = 200, mayGoOn = () => true }: SweepOptions,
  result: SweepCounts
) {
  const table = yield* RunTable
  const now = yield* Clock.currentTimeMillis
  let cursor: string | undefined
  while (mayGoOn()) {
    const page = yield* table.list({ status, limit, ...(cursor === undefined ? {} : { cursor }) })
    yield* Effect.forEach(
      page.runs,
      (run) => {
        if (!mayGoOn()) return Effect.void
        result.scanned++
        if ((status === "running" && run.updatedAt > before) || !looks.isDue(run.runId, now)) return Effect.void
        return unlessItWaits(sweepRun(run.runId, status, result)).pipe(
          Effect.catchCause((cause) => Effect.as(Effect.logWarning(`sweep: run ${run.runId}`, cause), false)),
          // One that waits for a store goes on by itself; the others are not to wait with it.
          Effect.map((isThrough) => {
            result.failed += isThrough ? 0 : 1
            return isThrough
          })
        )
      },
      { concurrency: 8, discard: true }
    )
    cursor = page.cursor
    if (cursor === undefined) return
  }
})

const sweepRun = Effect.fnUntraced(function* (runId: string, status: RunStatus, result: SweepCounts) {
  const runs = yield* Runs
  if (status === "parked") {
    result.retried++
    return yield* runs.look(runId)
  }
  const stored = yield* readWholeRun(runId)
  if (stored.head === undefined) return
  const lost = yield* putLostTimers(runId, stored.head)
  const adopted = new Set(adoptedOrder(stored.head, stored).map(adoptedKey))
  const now = yield* Clock.currentTimeMillis
  const news = stored.messages.filter((row) => isNews(row, now)).map(messageKey)
  const unread = [...lost, ...news].filter((key) => !adopted.has(key))
  if (unread.length > 0 || stored.head.notices) {
    result.stalled++
    yield* runs.ring(runId, unread)
    result.resumed++
  }
  // Not instead: notices stand in the head for as long as the run waits, for steps that the queue has lost as well.
  const waits = unread.length === 0 && stored.head.open.some(({ kind }) => kind !== "timer")
  const recovered = waits ? yield* runs.recoverLost(runId) : 0
  if (recovered === "unreadable") {
    // Nothing else may ever ring for it, and it would be said to be running for ever.
    result.stalled++
    return yield* runs.ring(runId, [])
  }
  if (recovered > 0 && !stored.head.notices) {
    result.stalled++
    result.resumed++
  }
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
