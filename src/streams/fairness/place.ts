import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Semaphore from "effect/Semaphore"

/**
 * One of a limited number of places for work: a worker runs so many steps at a time, a sweeper so many looks. Whoever waits for a
 * store does no work and gives its place to others, but keeps what it has in hand. It does not ask for the place again: all that is
 * left for it to do are writes.
 */
export class Place extends Context.Reference<HeldPlace>("dynactor/Place", {
  defaultValue: () => ({ leave: () => undefined })
}) {}

export interface HeldPlace {
  readonly leave: () => void
  /** The claim on the queue message that the work is for. Absent: there is none that somebody else renews. */
  readonly claim?: Claim
}

/** A queue message is hidden from others for a time, again and again, by whoever has received it. */
export interface Claim {
  /** Called after each time. */
  onRenewed?: (() => void) | undefined
  /** The work sees to it itself. */
  isRenewedByWork?: boolean
  /** How long it lasts from one time to the next. Undefined: not known. */
  readonly visibilityMs?: number
}

/**
 * Runs the effect until it ends or begins to wait for a store. In that case it is interrupted; turns that it has asked for go on
 * without it. Answers whether it came to its end.
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
