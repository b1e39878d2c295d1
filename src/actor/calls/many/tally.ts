import type { Limits } from "./manyOptions.ts"
import type { ManyReason, ManyResult } from "./manyResult.ts"

/** Counts what becomes of items, and says when it is over. */
export class Tally {
  readonly limits: Limits
  started = 0
  succeeded = 0
  failed = 0
  /** Undefined: it goes on. */
  reason: ManyReason | undefined

  constructor(limits: Limits) {
    this.limits = limits
    this.judge()
  }

  get isOver(): boolean {
    return this.reason !== undefined
  }

  /** The first reason is the reason: what ends after it is counted, and decides nothing. */
  judge(): void {
    const { failed, succeeded } = this
    const { count, needed, percent, total } = this.limits
    if (this.reason !== undefined) return
    if (failed > count || failed > percent) this.reason = count <= percent ? "toleratedCount" : "toleratedPercent"
    else if (succeeded + failed >= total) this.reason = "completed"
    else if (needed !== undefined && succeeded >= needed) this.reason = "minSuccessful"
  }

  get verdict(): ManyResult<never, never>["_tag"] {
    const { failed, limits, reason, succeeded } = this
    const isExceeded = reason === "toleratedCount" || reason === "toleratedPercent"
    const isMissed = succeeded < (limits.needed ?? 0) || (failed > 0 && !limits.isTolerant)
    if (isExceeded || isMissed) return "NotEnough"
    return succeeded === limits.total ? "AllSucceeded" : "Enough"
  }

  get counts() {
    const { failed, limits, reason = "completed", started, succeeded } = this
    return { reason, total: limits.total, started, succeeded, failed, cancelled: started - succeeded - failed }
  }
}
