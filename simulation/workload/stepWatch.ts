import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StepContext } from "../../src/actor/definitions/definition.ts"
import type { Declined } from "./feature.ts"

/** The code of a step that says how far it is. `pause` lets something happen to its machine, and time pass. */
export type WatchedCode = (
  tell: (done: number) => void,
  pause: (forMs: number) => Effect.Effect<void>
) => Effect.Effect<number, Declined>

/** Looks on while the code of a step is executed, in the process that it runs in. */
export interface StepWatch {
  readonly execute: (name: string, context: StepContext<number>, code: WatchedCode) => Effect.Effect<number, Declined>
}

export const CurrentStepWatch = Context.Reference<StepWatch>("dynactor/testing/CurrentStepWatch", {
  defaultValue: () => ({ execute: () => Effect.succeed(0) })
})
