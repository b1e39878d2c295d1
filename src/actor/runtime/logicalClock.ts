import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * The clock that a workflow sees: the time of the last message delivered to it. It never goes back, and it stands still
 * while workflow code runs.
 */
export class LogicalClock implements Clock.Clock {
  now = 0
  private readonly sleepMs: (durationMs: number) => Effect.Effect<void>

  /** `sleepMs` makes the durable timer. */
  constructor(sleepMs: (durationMs: number) => Effect.Effect<void>) {
    this.sleepMs = sleepMs
  }

  advanceTo(time: number): void {
    if (time > this.now) this.now = time
  }

  currentTimeMillisUnsafe(): number {
    return this.now
  }
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.now)
  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.now) * 1_000_000n
  }
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe())
  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }
  readonly monotonicTimeNanos: Effect.Effect<bigint> = this.currentTimeNanos

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const durationMs = Math.ceil(Duration.toMillis(duration))
    // Effect.retry without a delay sleeps for zero: a turn of the scheduler, no timer.
    if (!(durationMs > 0)) return Effect.yieldNow
    return this.sleepMs(durationMs)
  }
}
