import * as fc from "fast-check"

export interface OrderPlan {
  /** A run of its own, this one (with another input, or the same), or a signal: to this run, or to the one that starts with it. */
  readonly what: "start" | "startOther" | "startSame" | "signal" | "startAndSignal" | "startOtherAndSignal"
  readonly afterMs: number
  /** A condition of the application's. */
  readonly holds: boolean
  /** Ordered twice: the second time by whoever has lost the answer. */
  readonly isRepeated: boolean
  /** From the moment in which it has its items to its transaction, which may be long. Default 0. */
  readonly thinksMs?: number
  /** A few steps; otherwise the program of the run. */
  readonly isShort: boolean
}

/** By a number that is drawn anyway, so that nothing else of a schedule is another one for it. */
const thinks = [0, 0, 50, 600, 4_000, 30_000]

export const orders: fc.Arbitrary<ReadonlyArray<OrderPlan>> = fc.array(
  fc
    .record({
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
    })
    .map((order) => ({ ...order, thinksMs: thinks[order.afterMs % thinks.length] as number })),
  { minLength: 1, maxLength: 4 }
)
