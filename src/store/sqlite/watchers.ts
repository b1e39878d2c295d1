import * as Effect from "effect/Effect"

/** Wakes those of this process who wait for news. */
export class Watchers {
  private readonly waiting = new Set<() => void>()
  /** Set while news of other processes may be unread. */
  foreign = true

  notify(): void {
    if (this.waiting.size === 0) return
    const waiting = [...this.waiting]
    this.waiting.clear()
    for (const wake of waiting) wake()
  }

  notifyForeign(): void {
    this.foreign = true
    this.notify()
  }

  /** Until the next news, `waitMs` at most. */
  wait(waitMs: number): Effect.Effect<void> {
    if (waitMs <= 0) return Effect.void
    return Effect.callback((resume) => {
      const wake = () => {
        clearTimeout(timer)
        this.waiting.delete(wake)
        resume(Effect.void)
      }
      const timer = setTimeout(wake, Math.min(waitMs, 2 ** 31 - 1))
      this.waiting.add(wake)
      return Effect.sync(() => {
        clearTimeout(timer)
        this.waiting.delete(wake)
      })
    })
  }
}
