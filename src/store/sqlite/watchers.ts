import * as Effect from "effect/Effect"
import type { StoreProcess } from "./process/storeProcess.ts"

/** Wakes those of this process who wait for news. */
export class Watchers {
  private readonly process: StoreProcess
  private readonly waiting = new Set<() => void>()
  /** Counts news. Whoever looks and then waits hands in the count from before its look, and so misses none that came in between. */
  count = 0
  /** Set while news of other processes may be unread. */
  foreign = true
  /** How often there was news of other processes. */
  foreignCount = 1

  constructor(process: StoreProcess) {
    this.process = process
  }

  notify(): void {
    this.count++
    if (this.waiting.size === 0) return
    const waiting = [...this.waiting]
    this.waiting.clear()
    for (const wake of waiting) wake()
  }

  /** News, told once at the end of the flush: who wakes then finds all that came with it. */
  hasNews = false

  tell(): void {
    if (!this.hasNews) return
    this.hasNews = false
    this.notify()
  }

  notifyForeign(): void {
    this.foreign = true
    this.foreignCount++
    this.notify()
  }

  /** Until there is news after `seen`, `waitMs` at most. */
  wait(seen: number, waitMs: number): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (waitMs <= 0 || this.count !== seen) return resume(Effect.void)
      const wake = () => {
        this.process.stop(timer)
        this.waiting.delete(wake)
        resume(Effect.void)
      }
      const timer = this.process.after(wake, waitMs)
      this.waiting.add(wake)
      return Effect.sync(() => {
        this.process.stop(timer)
        this.waiting.delete(wake)
      })
    })
  }
}

/** Wakes those of this process who wait for news of one thing. */
export class KeyedWatchers {
  private readonly process: StoreProcess
  private readonly waiting = new Map<string, Set<() => void>>()

  constructor(process: StoreProcess) {
    this.process = process
  }

  tell(key: string): void {
    const waiting = this.waiting.get(key)
    if (waiting !== undefined) for (const wake of [...waiting]) wake()
  }

  /** Another process may have written. */
  tellAll(): void {
    for (const key of [...this.waiting.keys()]) this.tell(key)
  }

  /** Calls back once: when there is news, or after `timeoutMs`. Returns how to stop waiting. */
  wait(key: string, timeoutMs: number, resume: () => void): () => void {
    const waiting = this.waiting.get(key) ?? new Set()
    this.waiting.set(key, waiting)
    const stop = () => {
      this.process.stop(timer)
      waiting.delete(wake)
      if (waiting.size === 0 && this.waiting.get(key) === waiting) this.waiting.delete(key)
    }
    const wake = () => {
      stop()
      resume()
    }
    const timer = this.process.after(wake, timeoutMs)
    waiting.add(wake)
    return stop
  }
}

/** What is left of a wait. On the monotonic clock, as timers are: a clock that is set must not end a wait, nor make it endless. */
export const startPatience = ({ now }: StoreProcess, waitMs: number): { readonly leftMs: () => number } => {
  const end = now() + waitMs
  return { leftMs: () => end - now() }
}
