import * as fc from "fast-check"
import { draws } from "../drawn/draws.ts"

export interface StartAgain {
  readonly policy: "replace" | "afterFinish" | "reject" | "debounce"
  readonly afterMs: number
  readonly value: number
  /** A few steps; otherwise the program of the first start. */
  readonly isShort: boolean
  readonly beginsAfterMs: number | null
  /** Of `debounce`: so much beyond its delay. Null: as it is where nobody says. */
  readonly maxMoreMs?: number | null | undefined
  /** Asked twice: the second time by whoever has lost the answer. */
  readonly isRepeated: boolean
}

/** Until a body begins. */
export const begins = fc.oneof(fc.nat(1_000), fc.nat(60_000))

export const startsAgain: fc.Arbitrary<ReadonlyArray<StartAgain>> = fc.array(
  fc.record({
    policy: fc.constantFrom<StartAgain["policy"]>("replace", "replace", "afterFinish", "afterFinish", "reject"),
    afterMs: fc.oneof(fc.nat(500), fc.nat(60_000)),
    value: fc.nat(9),
    isShort: fc.boolean(),
    beginsAfterMs: fc.option(begins, { freq: 2 }),
    isRepeated: fc.boolean()
  }),
  { minLength: 1, maxLength: 3 }
)

/** A window of its own, or little more: so that some come while it is open, and some when the body is at work. */
const delays = fc.oneof(fc.nat(1_500), fc.nat(8_000), fc.nat(60_000))

/** Those that come at once after one another, and those that come when all is over. */
const debounced: fc.Arbitrary<ReadonlyArray<StartAgain>> = fc.array(
  fc.record({
    policy: fc.constantFrom<StartAgain["policy"]>(
      "debounce",
      "debounce",
      "debounce",
      "debounce",
      "debounce",
      "afterFinish",
      "replace"
    ),
    afterMs: fc.oneof(fc.nat(500), fc.nat(500), fc.nat(8_000), fc.nat(60_000)),
    value: fc.nat(9),
    isShort: fc.boolean(),
    beginsAfterMs: delays,
    maxMoreMs: fc.option(fc.nat(5_000), { freq: 2 }),
    isRepeated: fc.boolean()
  }),
  { minLength: 2, maxLength: 6 }
)

/** Who asks a run has one start in mind, and so has an application's order. */
export const withDebounced = <A>(run: fc.Arbitrary<A>) =>
  fc.tuple(run, debounced).map(([one, starts]) => ({ ...one, acts: undefined, orders: undefined, debounced: starts }))

/** One schedule in sixteen has them, by bits of its own, so that the others are what they would be without. */
export const isDebouncedBy = (draw: number): boolean => {
  if (draws.DEBOUNCE === "no") return false
  return draws.DEBOUNCE === "always" || ((draw >>> 13) & 15) === 5
}
