import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../errors.ts"

export interface KeptNames {
  /** Of schedules that were there when they were last made sure of. */
  readonly names: ReadonlyArray<string>
  /** Of those that were to be made, which may be there or not. */
  readonly asked: ReadonlyArray<string>
  /** Which event it was that named them. */
  readonly event: string
}

/**
 * The names of the schedules that a deployment last named as data, beside its code: one that is not among the next ones was taken out. Default: they are kept
 * nowhere, and nobody names any.
 */
export const DeployedNames = Context.Reference<{
  /** `unreadable`: something is kept, and nobody can tell what. */
  readonly load: Effect.Effect<KeptNames | "unreadable", StoreUnavailable>
  readonly save: (kept: KeptNames) => Effect.Effect<void, StoreUnavailable>
}>("dynactor/DeployedNames", {
  defaultValue: () => ({ load: Effect.succeed({ names: [], asked: [], event: "" }), save: () => Effect.void })
})
