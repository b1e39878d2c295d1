import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * As `Effect.provideContext`, for the services of one client and all of its operations. The services of the caller and those of the client are put
 * together one by one, which costs as much as the rest of a small operation; callers tend to come from one place, so what was put together for the last
 * one is kept.
 */
export const providing = <S>(services: Context.Context<S>) => {
  let caller: Context.Context<never> | undefined
  let together = services
  const withCaller = (from: Context.Context<never>): Context.Context<S> => {
    if (from !== caller) {
      together = Context.merge(from, services)
      caller = from
    }
    return together
  }
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, S>> =>
    Effect.updateContext(effect, withCaller as never) as Effect.Effect<A, E, Exclude<R, S>>
}
