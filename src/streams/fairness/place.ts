import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Semaphore from "effect/Semaphore"

/**
 * What somebody takes up while work is done for them: one of a worker's places, one of the looks of a sweeper that go side by side.
 * Whoever waits for a store does no work, and leaves it to others; what they hold in hand they keep. There is no way back: what is
 * left to do then are writes.
 */
export class Place extends Context.Reference<{ readonly leave: () => void }>("dynactor/Place", {
  defaultValue: () => ({ leave: () => undefined })
}) {}

/**
 * To the end of the effect, or to the moment in which it comes to wait for a store: then it is interrupted, and turns that it
 * has asked for go on by themselves. Answers whether it came to its end.
 */
export const unlessItWaits = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> =>
  Effect.suspend(() => {
    const waits = Deferred.makeUnsafe<boolean>()
    const leave = () => void Deferred.doneUnsafe(waits, Exit.succeed(false))
    return Effect.raceFirst(
      Effect.as(Effect.provideService(effect, Place, { leave }), true as boolean),
      Deferred.await(waits)
    )
  })

/** Takes one of the places for as long as the work works. One that waits for a store goes on waiting, beside others. */
export const inPlace = <A, E, R>(places: Semaphore.Semaphore, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.as(places.take(1), { isTaken: true }),
    (place) =>
      Effect.withFiber((fiber) => {
        const leave = () => {
          if (place.isTaken) Effect.runForkWith(fiber.context as Context.Context<never>)(places.release(1))
          place.isTaken = false
        }
        return Effect.provideService(work, Place, { leave })
      }),
    (place) => (place.isTaken ? places.release(1) : Effect.void)
  )
