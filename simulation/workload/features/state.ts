import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { defineState } from "../../../src/actor/definitions/outside/state.ts"
import type { Feature } from "../feature.ts"

const Shown = Schema.Struct({ value: Schema.Number, pad: Schema.String })
export type Shown = typeof Shown.Type

export const stateNames = ["progress", "balance"] as const
export type StateName = (typeof stateNames)[number]

export const states = { progress: defineState("progress", Shown), balance: defineState("balance", Shown) }

interface Args {
  readonly state: StateName
  readonly add: number
  /** Beyond what stands in a head. */
  readonly isLarge: boolean
  /** Set to something else before, in the same turn. */
  readonly isSetTwice: boolean
}

/** Sets a state, and goes on with the value. */
export const publishes: Feature<Args> = {
  name: "state",
  args: fc.record({
    state: fc.constantFrom(...stateNames),
    add: fc.nat(9),
    isLarge: fc.boolean(),
    isSetTwice: fc.boolean()
  }),
  call: ({ add, isLarge, isSetTwice, state }, value, { trace }) =>
    Effect.gen(function* () {
      if (isSetTwice) yield* states[state].set({ value: -1, pad: "" })
      const shown: Shown = { value: value + add, pad: isLarge ? "large ".repeat(300) : "" }
      yield* states[state].set(shown)
      trace.published.set(state, shown)
      return value + add
    }),
  acts: fc.record({ state: fc.constantFrom(...stateNames) })
}
