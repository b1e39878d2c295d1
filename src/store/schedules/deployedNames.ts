import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../errors.ts"

/**
 * The names of the schedules that a deployment last named as data, beside its code: one that is not among the next ones was taken out. Default: they are kept
 * nowhere, and nobody names any.
 */
export const DeployedNames = Context.Reference<{
  readonly load: Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
  readonly save: (names: ReadonlyArray<string>) => Effect.Effect<void, StoreUnavailable>
}>("dynactor/DeployedNames", {
  defaultValue: () => ({ load: Effect.succeed([]), save: () => Effect.void })
})
