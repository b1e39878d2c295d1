import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/**
 * Calls of which one at a time is made, as what it gives is kept for all. Whoever waits in line while one fails is told of that failure, and makes no call
 * of its own: a service that is busy is asked for seconds before it is given up, and the last of many in line would be told after minutes.
 */
export class CallLine<E> {
  private readonly one = Semaphore.makeUnsafe(1)
  private readonly failed = new Map<string, { readonly error: E; readonly at: number }>()
  private ended = 0

  /** `about`: those in line for the same fail together. */
  readonly make = <A, R>(about: string, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const asked = this.ended
      const own = Effect.suspend(() => {
        const failed = this.failed.get(about)
        if (failed !== undefined && failed.at > asked) return Effect.fail(failed.error)
        return Effect.tapError(call, (error) =>
          Effect.sync(() => void this.failed.set(about, { error, at: ++this.ended }))
        )
      })
      return this.one.withPermits(1)(own)
    })
}
