import { describe, expect, it } from "vitest"
import { readTags } from "../../src/actor/tags/tags.ts"

describe("tags as they are written", () => {
  it("are what is written, whatever an object has of its own", () => {
    expect(Object.entries(readTags(["customer=c-17", "constructor=x", "__proto__=y", "toString=z"]))).toEqual([
      ["customer", "c-17"],
      ["constructor", "x"],
      ["__proto__", "y"],
      ["toString", "z"]
    ])
  })

  it("may be given twice alike, and have values with a sign of equality", () => {
    expect(readTags(["a=b=c", "a=b=c"])).toEqual({ a: "b=c" })
    expect(readTags(["a=b%2Cc"], decodeURIComponent)).toEqual({ a: "b,c" })
  })

  it.each([
    [["customer"], /"customer" is no tag: write key=value/],
    [["a=1", "a=2"], /tag a is given two values/],
    [["a="], /tag a: "" is no value/],
    [["a b=1"], /"a b" is no name of a tag/],
    [["=1"], /"" is no name of a tag/]
  ])("are refused: %s", (texts, message) => {
    expect(readTags(texts)).toMatch(message)
  })

  it("are refused where the value cannot be told", () => {
    expect(readTags(["a=%"], () => undefined)).toMatch(/"a=%" is no tag/)
  })
})
