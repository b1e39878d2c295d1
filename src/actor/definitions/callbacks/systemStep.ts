import * as Effect from "effect/Effect"
import type { Storable } from "../../values/codec.ts"
import type { Step } from "../definition.ts"
import { systemPrefix } from "../name.ts"
import { makeStep } from "../step.ts"

/**
 * A step of the runtime's own, in the middle of a turn: what a body needs of the world for one of its calls. It has no code here; whoever
 * turns the run does it (`streams/steps/systemSteps.ts`).
 */
export const defineSystemStep = <const Name extends string, In, Out>(
  name: Name,
  options: { readonly input: Storable<In>; readonly output: Storable<Out> }
): Step<string, In, Out, never, never> =>
  makeStep<string, In, Out, never, never>(`${systemPrefix}${name}`, {
    ...options,
    inline: true,
    run: () => Effect.die(new Error(`${name} is the runtime's own, and has no code`))
  })
