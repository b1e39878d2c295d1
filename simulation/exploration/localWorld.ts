import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import type { Life } from "../world/machine.ts"
import { World } from "../world/world.ts"

/** A call of a service that is on its way. */
export interface Request {
  readonly id: number
  readonly point: string
  readonly perform: (answer: (value: unknown) => void) => void
}

interface Asked extends Request {
  readonly resume: (value: unknown) => void
}

/** The world as one process sees it: it notes each call, and answers it only when the explorer says so. */
export class LocalWorld extends World {
  readonly requests = new Map<number, Asked>()
  readonly sleeps = new Set<{ readonly at: number; readonly happen: () => void }>()
  private asked = 0

  ask<A>(life: Life, point: string, perform: (answer: (value: A) => void) => void): Effect.Effect<A, StoreUnavailable> {
    return Effect.callback<A, StoreUnavailable>((resume) => {
      const id = this.asked++
      this.requests.set(id, {
        id,
        point,
        perform: perform as Asked["perform"],
        resume: (value) => life.deliver(() => resume(Effect.succeed(value as A)))
      })
    })
  }

  override later(delayMs: number, happen: () => void): () => void {
    const sleep = { at: this.now + delayMs, happen }
    this.sleeps.add(sleep)
    return () => this.sleeps.delete(sleep)
  }

  /** The one that is due first ends. */
  wake(): void {
    const [first] = [...this.sleeps].sort((a, b) => a.at - b.at)
    if (first === undefined) return
    this.sleeps.delete(first)
    first.happen()
  }
}

/** As the clock of `Life`, but a sleep that nobody waits for any more is dropped: it would be a choice that makes no difference. */
export class LocalClock implements Clock.Clock {
  private readonly world: LocalWorld
  private readonly life: Life
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos: Effect.Effect<bigint> = this.currentTimeNanos

  constructor(world: LocalWorld, life: Life) {
    this.world = world
    this.life = life
  }

  currentTimeMillisUnsafe(): number {
    return this.world.now
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.world.now) * 1_000_000n
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const ms = Duration.toMillis(duration)
    if (!Number.isFinite(ms)) return Effect.never
    return Effect.callback<void>((resume) => {
      const cancel = this.world.later(ms, () => this.life.deliver(() => resume(Effect.void)))
      return Effect.sync(cancel)
    })
  }
}
