import { describe, expect, it } from "vitest"
import { spanOf } from "../../dashboard/pages/run/waterfall/scale.ts"

describe("how long a command took, in a run that began at 1,000", () => {
  const of = (issuedAt: number, endedAt: number | undefined, state: "done" | "open" | "abandoned") =>
    spanOf({ issuedAt, state, ...(endedAt === undefined ? {} : { endedAt }) }, 1_000, 5_000)

  it("is from when it was asked for to its end, or to now", () => {
    expect(of(1_200, 1_700, "done")).toEqual({ begin: 1_200, end: 1_700 })
    expect(of(1_200, undefined, "open")).toEqual({ begin: 1_200, end: 5_000 })
    expect(of(1_200, undefined, "abandoned")).toEqual({ begin: 1_200, end: 1_200 })
  })

  it("is as it was where a copied run keeps it, and from the copy's begin where that has asked for it anew", () => {
    expect(of(100, 264, "done")).toEqual({ begin: 100, end: 264 })
    expect(of(300, 1_064, "done")).toEqual({ begin: 1_000, end: 1_064 })
    expect(of(300, undefined, "open")).toEqual({ begin: 1_000, end: 5_000 })
  })
})
