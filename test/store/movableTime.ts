import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A clock that goes as the real one does, and jumps ahead when told: hours pass, and nobody waits. */
export interface MovableTime {
  readonly now: () => number
  /** Ahead to this time, and there is nothing that was to happen until then and has not. */
  readonly moveTo: (at: number) => Effect.Effect<void>
  /** Whatever asks for the time is told this one. */
  readonly during: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** `onMove` brings about what a service does by itself as time goes by. */
export const makeMovableTime = (onMove: (now: number) => Promise<unknown> = () => Promise.resolve()): MovableTime => {
  let aheadMs = 0
  const now = () => Date.now() + aheadMs
  return {
    now,
    moveTo: (at) =>
      Effect.promise(() => {
        aheadMs += Math.max(0, at - now())
        return onMove(now())
      }),
    during: (effect) =>
      Effect.flatMap(Clock.Clock, (clock) => {
        const moved = Object.create(clock, {
          currentTimeMillisUnsafe: { value: now },
          currentTimeMillis: { value: Effect.sync(now) }
        })
        return Effect.provideService(effect, Clock.Clock, moved as Clock.Clock)
      })
  }
}
