import * as Effect from "effect/Effect"

/**
 * Those in this process who wait for news of a stream. What this process appends it tells them; what others append is found by
 * looking, so a wait is no longer than it was asked for.
 */
export interface OutputWaiters {
  readonly wait: (partition: string, timeoutMs: number) => Effect.Effect<void>
  readonly tell: (partition: string) => void
}

export const makeOutputWaiters = (): OutputWaiters => {
  const waiters = new Map<string, Set<() => void>>()
  const told = (partition: string) =>
    Effect.callback<void>((resume) => {
      const wake = () => resume(Effect.void)
      const others = waiters.get(partition) ?? new Set()
      waiters.set(partition, others.add(wake))
      return Effect.sync(() => {
        others.delete(wake)
        if (others.size === 0 && waiters.get(partition) === others) waiters.delete(partition)
      })
    })
  return {
    wait: (partition, timeoutMs) => Effect.raceFirst(told(partition), Effect.sleep(timeoutMs)),
    tell: (partition) => {
      const woken = waiters.get(partition)
      waiters.delete(partition)
      for (const wake of woken ?? []) wake()
    }
  }
}
