import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { patched } from "../../../src/actor/calls/patched/patched.ts"
import type { Feature } from "../feature.ts"
import type { StepName, Term } from "../programs.ts"

interface Args {
  readonly id: string
  readonly fresh: StepName
  readonly old: StepName
}

/**
 * A patch, or another place of one. A host with changed code is, for such programs, an older build: it knows no patch, and goes the old
 * way everywhere.
 */
export const patches: Feature<Args> = {
  name: "patches",
  args: fc.record({
    id: fc.constantFrom("p", "q"),
    fresh: fc.constantFrom<StepName>("notify", "price"),
    old: fc.constantFrom<StepName>("reserve", "lookUp")
  }),
  call: ({ fresh, id, old }, value, { go, isOlder, trace }) => {
    const way = (isNew: boolean) => go(stepOf(isNew ? fresh : old), value)
    if (isOlder) return way(false)
    return Effect.flatMap(patched(id), (isNew) => {
      trace.ways.push({ id, isNew })
      return way(isNew)
    })
  }
}

const stepOf = (step: StepName): Term => ({ do: "step", step, input: 6, on: "catchAny", key: false })
