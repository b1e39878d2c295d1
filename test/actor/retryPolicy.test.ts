import { describe, expect, it } from "vitest"
import { makeRetryPolicy, retryDelayMs } from "../../src/actor/definitions/retryPolicy.ts"
import { isRetryable } from "../../src/actor/definitions/retryRule.ts"

describe("a retry policy", () => {
  it("by default gives 5 attempts, within 1, 2, 4 and 8 seconds", () => {
    const policy = makeRetryPolicy()
    const last = 1 - 2 ** -53
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(policy, attempt, 0.5))).toEqual([500, 1_000, 2_000, 4_000])
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(policy, attempt, last))).toEqual([0, 0, 0, 0])
    expect([1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual([
      1_000,
      2_000,
      4_000,
      8_000,
      undefined,
      undefined
    ])
  })

  it("never waits longer than max", () => {
    const policy = makeRetryPolicy({ attempts: 10_000, initial: "1 second", factor: 3, max: "10 seconds" })
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual([1_000, 3_000, 9_000, 10_000])
    // The power is infinite by then; the delay is not.
    expect(retryDelayMs(policy, 9_999, 0)).toBe(10_000)
  })

  it("is zero all along from an initial delay of zero, however many attempts", () => {
    const policy = makeRetryPolicy({ attempts: 10_000, initial: 0, factor: 2 })
    expect([1, 2, 5_000].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual([0, 0, 0])
  })

  it("draws with jitter between what is left and the whole delay", () => {
    const policy = makeRetryPolicy({ initial: "1 second", jitter: 0.2 })
    expect([0, 0.5, 1 - 2 ** -53].map((random) => retryDelayMs(policy, 1, random))).toEqual([1_000, 900, 800])
  })

  it("never again with one attempt", () => {
    expect(retryDelayMs(makeRetryPolicy({ attempts: 1 }), 1, 0)).toBeUndefined()
  })

  it.each([
    { attempts: 0 },
    { attempts: 1.5 },
    { attempts: Number.NaN },
    { factor: 0.5 },
    { factor: Number.NaN },
    { jitter: 1.1 },
    { jitter: -0.1 },
    { jitter: Number.NaN },
    { initial: -1 },
    { initial: "-1 second" },
    { max: -1 },
    { initial: -1, max: -1 },
    { initial: Number.NaN },
    { max: Number.NaN },
    { initial: { seconds: Number.NaN } },
    { initial: "soon" },
    { initial: "Infinity" },
    { initial: "Infinity", max: "Infinity" },
    { attempts: Number.POSITIVE_INFINITY },
    { attempts: "3" },
    { factor: Number.POSITIVE_INFINITY },
    { initial: "1 hour" },
    { initial: "2 minutes", max: "1 minute" },
    { attempts: 100, max: "Infinity" },
    { initial: "400 days", max: "500 days" },
    { nonRetryable: "Declined" },
    { nonRetryable: [5] },
    { maxAttempts: 3 }
  ])("that makes no sense does not load, and says what and of which step: %j", (options) => {
    expect(() => makeRetryPolicy(options as never, "step charge: retry")).toThrow(/^step charge: retry/)
    const names = new RegExp(Object.keys(options).join("|"))
    expect(() => makeRetryPolicy(options as never, "step charge: retry")).toThrow(names)
  })

  it.each([
    [{ factor: 1, jitter: 0 }, 1_000],
    [{ factor: 1 }, 500],
    [{ jitter: 1 }, 500],
    [{ initial: 0 }, 0],
    [{ max: 0 }, 0],
    [{ initial: "1 minute" }, 30_000]
  ] as const)("loads at the very edge of sense: %j", (options, thirdDelayMs) => {
    expect(retryDelayMs(makeRetryPolicy({ factor: 1, ...options }), 3, 0.5)).toBe(thirdDelayMs)
  })

  it("takes an endless longest delay where no delay comes near it", () => {
    const policy = makeRetryPolicy({ max: "Infinity" })
    expect(retryDelayMs(policy, 4, 0)).toBe(8_000)
  })

  it("ends at once for no error unless it is told to", () => {
    expect(makeRetryPolicy().nonRetryable).toEqual([])
  })

  it("ends at once for named errors, by tag or by name, and for no others", () => {
    const policy = makeRetryPolicy({ nonRetryable: ["CardDeclined", "TypeError"] })
    expect(isRetryable(policy, { _tag: "CardDeclined" })).toBe(false)
    expect(isRetryable(policy, new TypeError("x"))).toBe(false)
    expect(isRetryable(policy, new Error("x"))).toBe(true)
    expect(isRetryable(policy, {})).toBe(true)
    for (const error of [null, undefined, "CardDeclined", 1]) expect(isRetryable(policy, error)).toBe(true)
    expect(isRetryable(makeRetryPolicy(), { _tag: "CardDeclined" })).toBe(true)
  })
})
