import * as Effect from "effect/Effect"
import type { Life } from "./machine.ts"

/** For news that does not come. */
const longestWaitMs = 300_000

interface Awaited {
  readonly timeoutMs: number
  /** A version that is known already; undefined: nobody tells, and the time is waited for. */
  readonly beyond: number | undefined
  readonly version: () => number
}

/** Those who wait for the next commit of a run. They are told, and do not find it out by looking: looks have faults, and would use up those that are meant for others. */
export class CommitWaiters {
  private readonly waiting = new Map<string, Set<() => void>>()

  tell(runId: string): void {
    const told = this.waiting.get(runId)
    this.waiting.delete(runId)
    for (const tell of told ?? []) tell()
  }

  headChanged(life: Life, runId: string, { beyond, timeoutMs, version }: Awaited): Effect.Effect<undefined> {
    return beyond === undefined
      ? Effect.as(Effect.sleep(timeoutMs), undefined)
      : Effect.raceFirst(
          this.committed(life, runId, () => version() > beyond),
          Effect.as(Effect.sleep(longestWaitMs), undefined)
        )
  }

  private committed(life: Life, runId: string, isThere: () => boolean): Effect.Effect<undefined> {
    return Effect.callback((resume) => {
      if (isThere()) return resume(Effect.succeed(undefined))
      const told = () => life.deliver(() => resume(Effect.succeed(undefined)))
      const waiting = this.waiting.get(runId) ?? new Set()
      this.waiting.set(runId, waiting.add(told))
      return Effect.sync(() => void waiting.delete(told))
    })
  }
}
