import * as fc from "fast-check"
import { draws } from "./drawn/draws.ts"

/** A run goes on from an earlier message, or another one does. */
export interface CopyPlan {
  readonly do: "retry" | "reset" | "fork"
  readonly afterMs: number
  /** Which of its messages is the first that is not kept, in thousandths of them. Null: where a retry goes on by itself. */
  readonly at: number | null
  readonly compensated: "rerun" | "keep" | null
  /** Other child runs are started for those that are open there; otherwise it is refused. */
  readonly isChildrenAgain: boolean
  /** A fork's: of the last step that it keeps. */
  readonly isEdited: boolean
  /** Not the run itself, but what was forked from it last, if anything was. */
  readonly isOfFork: boolean
  /** Asked twice: the second time by whoever has lost the answer. */
  readonly isRepeated: boolean
}

const copyPlans: fc.Arbitrary<ReadonlyArray<CopyPlan>> = fc.array(
  fc.record({
    do: fc.constantFrom<CopyPlan["do"]>("retry", "retry", "reset", "fork"),
    afterMs: fc.oneof(fc.nat(2_000), fc.nat(20_000), fc.nat(60_000)),
    at: fc.option(fc.oneof(fc.constant(1_000), fc.nat(1_000)), { freq: 2 }),
    compensated: fc.constantFrom<CopyPlan["compensated"]>("rerun", "keep", null),
    isChildrenAgain: fc.boolean(),
    isEdited: fc.boolean(),
    isOfFork: fc.boolean(),
    isRepeated: fc.boolean()
  }),
  { minLength: 1, maxLength: 4 }
)

/** Who reads a stream has one start in mind, and so has an application. */
export const withCopies = <A extends { readonly acts?: ReadonlyArray<{ readonly feature: string }> | undefined }>(
  run: fc.Arbitrary<A>
) =>
  fc.tuple(run, copyPlans).map(([one, copies]) => {
    const acts = one.acts?.filter(({ feature }) => feature !== "output")
    return { ...one, acts, orders: undefined, copies }
  })

/** One schedule in eight has retries, resets and forks, by bits of its own, so that the others are what they would be without. */
export const isCopiedBy = (draw: number): boolean =>
  draws.COPIES !== "no" && (draws.COPIES === "always" || ((draw >>> 17) & 7) === 5)
