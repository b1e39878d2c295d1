import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RunStatus } from "../actor/head.ts"
import { messageKey } from "../actor/message.ts"
import { RunTable } from "../store/runTable.ts"
import { adoptedKey, adoptedOrder } from "./loadRun.ts"
import { Runs } from "./runs.ts"

export interface SweepResult {
  readonly scanned: number
  /** Parked runs that were tried again: the code may be right by now. */
  readonly retried: number
  /** Runs that had unread rows, or notices that may not have been put. */
  readonly resumed: number
  readonly failed: number
}

/**
 * One pass over runs that have not ended: parked ones are tried again, and runs that have not moved for `quietMs` are looked
 * at for what a lost wake-up would have left behind (L1).
 */
export const sweep = Effect.fnUntraced(function* (options: { readonly quietMs: number; readonly pageSize?: number }) {
  const result = { scanned: 0, retried: 0, resumed: 0, failed: 0 }
  const before = (yield* Clock.currentTimeMillis) - options.quietMs
  for (const status of ["parked", "running"] satisfies ReadonlyArray<RunStatus>) {
    yield* sweepStatus(status, before, options.pageSize ?? 200, result)
  }
  return result satisfies SweepResult
})

type Counts = { -readonly [K in keyof SweepResult]: SweepResult[K] }

const sweepStatus = Effect.fnUntraced(function* (status: RunStatus, before: number, limit: number, result: Counts) {
  const table = yield* RunTable
  let cursor: string | undefined
  do {
    const page = yield* table.list({ status, limit, ...(cursor === undefined ? {} : { cursor }) })
    yield* Effect.forEach(
      page.runs,
      (run) => {
        result.scanned++
        if (status === "running" && run.updatedAt > before) return Effect.void
        return Effect.catchCause(sweepRun(run.runId, status, result), (cause) => {
          result.failed++
          return Effect.logWarning(`sweep: run ${run.runId}`, cause)
        })
      },
      { concurrency: 8, discard: true }
    )
    cursor = page.cursor
  } while (cursor !== undefined)
})

const sweepRun = Effect.fnUntraced(function* (runId: string, status: RunStatus, result: Counts) {
  const runs = yield* Runs
  if (status === "parked") {
    result.retried++
    return yield* runs.ring(runId, [])
  }
  const table = yield* RunTable
  const stored = yield* table.readRun(runId)
  if (stored.head === undefined) return
  const adopted = new Set(adoptedOrder(stored.head, stored).map(adoptedKey))
  const unread = stored.messages.map(messageKey).filter((key) => !adopted.has(key))
  if (unread.length === 0 && !stored.head.notices) return
  result.resumed++
  yield* runs.ring(runId, unread)
})
