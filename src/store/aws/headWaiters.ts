import * as Effect from "effect/Effect"

/**
 * Those in this process who wait for a run to end or to be parked. Commits of other processes wake nobody here: a wait is a hint, and ends
 * at its time-out.
 */
export interface HeadWaiters {
  readonly wait: (runId: string, timeoutMs: number) => Effect.Effect<void>
  readonly wake: (runId: string) => void
}

export const makeHeadWaiters = (): HeadWaiters => {
  const waiters = new Map<string, Set<() => void>>()

  const woken = (runId: string) =>
    Effect.callback<void>((resume) => {
      const wake = () => resume(Effect.void)
      const others = waiters.get(runId) ?? new Set()
      waiters.set(runId, others.add(wake))
      return Effect.sync(() => {
        others.delete(wake)
        if (others.size === 0 && waiters.get(runId) === others) waiters.delete(runId)
      })
    })

  return {
    wait: (runId, timeoutMs) => Effect.raceFirst(woken(runId), Effect.sleep(timeoutMs)),
    wake: (runId) => {
      const woken = waiters.get(runId)
      waiters.delete(runId)
      for (const wake of woken ?? []) wake()
    }
  }
}
