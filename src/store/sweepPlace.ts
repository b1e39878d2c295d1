import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "./errors.ts"

/**
 * Where the sweeper keeps its place, for passes that have a time limit and may each be another process's (Lambda). The text is the
 * sweeper's own. Any that was saved will do: all that lies before it has been seen to. Default: it is kept nowhere, and a
 * process remembers its own.
 */
export const SweepPlace = Context.Reference<{
  readonly load: Effect.Effect<string | undefined, StoreUnavailable>
  readonly save: (place: string) => Effect.Effect<void, StoreUnavailable>
}>("dynactor/SweepPlace", {
  defaultValue: () => ({ load: Effect.succeed(undefined), save: () => Effect.void })
})
