import { expect, it } from "vitest"
import { nestsTooDeep } from "../../src/actor/values/json.ts"

const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)

it("a text that nests far deeper than what can be stored is known before anything walks its value", () => {
  expect(nestsTooDeep(nested(1_001, "[", "]"))).toBe(true)
  expect(nestsTooDeep(`${nested(1_000, '{"a":', "}").replace("}", "1}")}`)).toBe(false)
  expect(nestsTooDeep(nested(501, '[{"a":', "}]"))).toBe(true)
  // Cut off, which is no JSON either way.
  expect(nestsTooDeep("[".repeat(1_001))).toBe(true)
})

it("what stands beside each other, or in a text, is no depth", () => {
  expect(nestsTooDeep(`[${"[],{},".repeat(5_000)}1]`)).toBe(false)
  expect(nestsTooDeep(JSON.stringify({ text: '[{"'.repeat(5_000), "[": "\\", more: ['\\"'] }))).toBe(false)
  expect(nestsTooDeep("")).toBe(false)
})
