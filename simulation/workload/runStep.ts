import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StepContext } from "../../src/actor/definitions/definition.ts"
import type { Declined } from "./feature.ts"
import type { Input } from "./programs.ts"

/** A step's code as the world sees it; of the process that it runs in. */
export type RunStep = (name: string, input: Input, context: StepContext) => Effect.Effect<number, Declined>

export const CurrentRunStep = Context.Reference<RunStep>("dynactor/testing/CurrentRunStep", {
  defaultValue: () => () => Effect.succeed(0)
})
