import { describe, expect, it } from "vitest"
import { delayOf, RetryAfter } from "../../src/actor/definitions/retryAfter.ts"

describe("RetryAfter", () => {
  const year = 366 * 86_400_000

  it.each([
    ["30 seconds", 30_000],
    [1_500.4, 1_500],
    [0, 0],
    [new Date(1_000), 0],
    [new Date(61_000), 60_000],
    [new Date(1_000 + 2 * year), year],
    ["366 days", year]
  ] as const)("says when: %j", (after, delayMs) => {
    expect(delayOf(new RetryAfter({ after }), 1_000)).toBe(delayMs)
  })

  it.each([
    [{ after: Number.NaN }],
    [{ after: -1 }],
    [{ after: "soon" }],
    [{ after: new Date(Number.NaN) }],
    [{ after: "367 days" }],
    [{ after: "Infinity" }],
    [{}],
    [{ after: 1, delay: 2 }],
    [undefined]
  ])("is no time: %j", (options) => {
    expect(() => new RetryAfter(options as never)).toThrow(/^RetryAfter/)
  })

  it("is an error with a name, a message and a cause", () => {
    const cause = new Error("why")
    const one = new RetryAfter({ after: "1 second", cause, message: "not now" })
    expect(one).toBeInstanceOf(Error)
    expect([one._tag, one.name, one.message, one.cause]).toEqual(["RetryAfter", "RetryAfter", "not now", cause])
    expect(new RetryAfter({ after: "1 second" }).message).toBe("to be tried again in 1000 ms")
    expect(new RetryAfter({ after: new Date(0) }).message).toBe("to be tried again at 1970-01-01T00:00:00.000Z")
  })
})
