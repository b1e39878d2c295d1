import * as fc from "fast-check"

export interface OrderPlan {
  /** A run of its own, this one (with another input, or the same), or a signal: to this run, or to the one that starts with it. */
  readonly what: "start" | "startOther" | "startSame" | "signal" | "startAndSignal" | "startOtherAndSignal"
  readonly afterMs: number
  /** A condition of the application's. */
  readonly holds: boolean
  /** Ordered twice: the second time by whoever has lost the answer. */
  readonly isRepeated: boolean
  /** A few steps; otherwise the program of the run. */
  readonly isShort: boolean
}

export const orders: fc.Arbitrary<ReadonlyArray<OrderPlan>> = fc.array(
  fc.record({
    what: fc.constantFrom<OrderPlan["what"]>(
      "start",
      "start",
      "startOther",
      "startSame",
      "signal",
      "signal",
      "startAndSignal",
      "startOtherAndSignal"
    ),
    afterMs: fc.oneof(fc.nat(500), fc.nat(60_000)),
    holds: fc.nat(4).map((one) => one > 0),
    isRepeated: fc.boolean(),
    isShort: fc.boolean()
  }),
  { minLength: 1, maxLength: 4 }
)
