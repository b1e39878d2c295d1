import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Semaphore from "effect/Semaphore"
import { describe, expect, it } from "vitest"
import { inPlace, Place, unlessItWaits } from "../../src/streams/fairness/place.ts"

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)

/** All that is ready has run. */
const settled = Effect.repeat(Effect.yieldNow, { times: 20 })

const leave = Effect.map(Place, (place) => place.leave())

/** How many of these are at work at a time when nothing lets any of them end. */
const atOnce = Effect.fnUntraced(function* (places: Semaphore.Semaphore, works: number) {
  let working = 0
  const one = inPlace(
    places,
    Effect.andThen(
      Effect.sync(() => void working++),
      Effect.never
    )
  )
  const fibers = yield* Effect.forEach(Array.from({ length: works }), () => Effect.forkChild(one))
  yield* settled
  const most = working
  yield* Effect.forEach(fibers, Fiber.interrupt)
  return most
})

describe("places for work", () => {
  it("are as many after work as before it, whether it has left its place, and how often, or failed, or was interrupted", () =>
    run(
      Effect.gen(function* () {
        const places = Semaphore.makeUnsafe(2)
        const works = [
          Effect.void,
          leave,
          Effect.andThen(leave, leave),
          Effect.fail("no"),
          Effect.andThen(leave, Effect.fail("no")),
          Effect.die("no"),
          Effect.andThen(leave, Effect.die("no"))
        ]
        for (const work of works) {
          yield* Effect.exit(inPlace(places, work))
          expect(yield* atOnce(places, 5)).toBe(2)
        }
        for (const work of [Effect.never, Effect.andThen(leave, Effect.never)]) {
          const fiber = yield* Effect.forkChild(inPlace(places, work))
          yield* settled
          yield* Fiber.interrupt(fiber)
          expect(yield* atOnce(places, 5)).toBe(2)
        }
      })
    ))

  it("are free for others while work that has left its own goes on", () =>
    run(
      Effect.gen(function* () {
        const places = Semaphore.makeUnsafe(1)
        const isOver = yield* Deferred.make<void>()
        const waits = yield* Effect.forkChild(inPlace(places, Effect.andThen(leave, Deferred.await(isOver))))
        yield* settled
        expect(yield* atOnce(places, 3)).toBe(1)
        yield* Deferred.succeed(isOver, undefined)
        yield* Fiber.join(waits)
        expect(yield* atOnce(places, 3)).toBe(1)
      })
    ))
})

it("work that begins to wait for a store is left, and answers that it did not come to its end", () =>
  run(
    Effect.gen(function* () {
      expect(yield* unlessItWaits(Effect.void)).toBe(true)
      expect(yield* unlessItWaits(Effect.andThen(leave, Effect.never))).toBe(false)
      expect(yield* Effect.exit(unlessItWaits(Effect.fail("no")))).toMatchObject({ _tag: "Failure" })
    })
  ))
