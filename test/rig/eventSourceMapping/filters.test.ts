import { describe, expect, it } from "vitest"
import { type Pattern, parsePattern, passesFilters } from "./filters.ts"

const row = (sk: string, eventName = "INSERT") => ({
  eventName,
  dynamodb: { Keys: { pk: { S: "/1/0" }, sk: { S: sk } } }
})

const passes = (event: unknown, pattern: Pattern) => passesFilters(event, [parsePattern(JSON.stringify(pattern))])

describe("rules", () => {
  it("fields are all to match, of a list one", () => {
    const inbox = { eventName: ["INSERT"], dynamodb: { Keys: { sk: { S: ["start", { prefix: "step/" }] } } } }
    expect(passes(row("start"), inbox)).toBe(true)
    expect(passes(row("step/a#0"), inbox)).toBe(true)
    expect(passes(row("head"), inbox)).toBe(false)
    expect(passes(row("start", "REMOVE"), inbox)).toBe(false)
    expect(passes(row("restart"), inbox)).toBe(false)
  })

  it("of several filters one is enough, and without one everything passes", () => {
    const filters = [{ eventName: ["MODIFY"] }, { eventName: ["INSERT"] }]
    expect(passesFilters(row("x"), filters)).toBe(true)
    expect(passesFilters(row("x", "REMOVE"), filters)).toBe(false)
    expect(passesFilters(row("x", "REMOVE"), [])).toBe(true)
  })

  it.each<readonly [value: unknown, rule: unknown, result: boolean]>([
    ["a", "a", true],
    ["A", "a", false],
    [null, null, true],
    [undefined, null, false],
    [5, 5, true],
    ["5", 5, false],
    ["A", { "equals-ignore-case": "a" }, true],
    ["file.png", { suffix: ".png" }, true],
    ["a", { "anything-but": ["b", "c"] }, true],
    ["b", { "anything-but": "b" }, false],
    [undefined, { "anything-but": "b" }, false],
    [undefined, { exists: false }, true],
    ["", { exists: true }, true],
    [5, { numeric: [">", 0, "<=", 5] }, true],
    [0, { numeric: [">", 0, "<=", 5] }, false],
    ["5", { numeric: ["=", 5] }, false],
    [["x", "a"], "a", true]
  ])("%j against %j: %s", (value, rule, result) => {
    expect(passes({ value }, { value: [rule] })).toBe(result)
  })

  it("$or is over fields", () => {
    const either = { $or: [{ a: [1] }, { b: [2] }] }
    expect(passes({ a: 0, b: 2 }, either)).toBe(true)
    expect(passes({ a: 0, b: 0 }, either)).toBe(false)
  })
})

it.each([
  [{ a: [{ wildcard: "*" }] }, "wildcard"],
  [{ a: "b" }, "list is needed"],
  [{ a: { b: [] } }, "list is needed"]
])("a pattern that means nothing here is refused when it is read: %j", (pattern, message) => {
  expect(() => parsePattern(JSON.stringify(pattern))).toThrow(message)
})
