import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { afterAll, beforeAll } from "vitest"

/** One store for the tests of a suite. */
export interface StoreUnderTest<R> {
  readonly run: <A, E>(effect: Effect.Effect<A, E, R>) => Promise<A>
  /** On a second store of the same layer, which is closed again. */
  readonly runOnAnother: <A, E>(effect: Effect.Effect<A, E, R>) => Promise<A>
}

export const useStore = <R>(layer: Layer.Layer<R, unknown>): StoreUnderTest<R> => {
  let runtime: ManagedRuntime.ManagedRuntime<R, unknown> | undefined
  beforeAll(async () => {
    runtime = ManagedRuntime.make(layer)
    await runtime.context()
  })
  afterAll(() => runtime?.dispose())
  return {
    run: (effect) => {
      if (runtime === undefined) throw new Error("the store is not open yet")
      return runtime.runPromise(effect)
    },
    runOnAnother: async (effect) => {
      const another = ManagedRuntime.make(layer)
      try {
        return await another.runPromise(effect)
      } finally {
        await another.dispose()
      }
    }
  }
}

export const patienceMs = 15_000

/** Asks again until the answer is there, for a bounded time. */
export const eventually = <A, E, R>(
  what: string,
  ask: Effect.Effect<A | undefined, E, R>,
  limitMs = patienceMs
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const deadline = (yield* Clock.currentTimeMillis) + limitMs
    for (;;) {
      const answer = yield* ask
      if (answer !== undefined) return answer
      if ((yield* Clock.currentTimeMillis) > deadline) throw new Error(`not within ${limitMs} ms: ${what}`)
      yield* Effect.sleep(10)
    }
  })
