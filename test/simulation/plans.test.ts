import * as fc from "fast-check"
import { expect, it } from "vitest"
import { plans } from "../../simulation/plan.ts"

/** What a part of a plan says of its kind: parts of one kind are looked at together, wherever they stand. */
const kindOf = (part: object): string | undefined => {
  const named = part as { readonly do?: string; readonly kind?: string; readonly feature?: string }
  return named.do ?? named.kind ?? named.feature
}

/** By the place in a plan: what stood there, in all plans. `none` for an optional part that is not there. */
const drawnAt = (all: ReadonlyArray<unknown>): ReadonlyMap<string, ReadonlySet<string>> => {
  const drawn = new Map<string, Set<string>>()
  const note = (place: string, value: unknown): void => {
    const values = drawn.get(place) ?? new Set()
    drawn.set(place, values)
    if (Array.isArray(value)) {
      values.add(`${value.length} of them`)
      for (const one of value) note(`${place}[]`, one)
    } else if (typeof value === "object" && value !== null) {
      values.add("some").add("others")
      const kind = kindOf(value)
      for (const [name, part] of Object.entries(value))
        if (part !== kind) note(`${kind === undefined ? place : `<${kind}>`}.${name}`, part)
    } else values.add(String(value ?? "none"))
  }
  for (const plan of all) note("plan", plan)
  return drawn
}

// An option that is never there is easily written (fast-check's `freq: 1` is that), and all that hangs on it is never tried.
it("of all that plans may say nothing is always the same", () => {
  const drawn = drawnAt(fc.sample(plans, { seed: 7, numRuns: 4_000 }))
  const same = [...drawn].filter(([, values]) => values.size === 1).map(([place, values]) => `${place}: ${[...values]}`)
  // A request that is not of a fork does not say so.
  expect(same).toEqual(["plan.faults: 18 of them", "plan.deletion.asked[].isOfFork: true"])
})
