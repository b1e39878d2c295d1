import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fingerprint, fingerprintText, NotJson } from "../../src/actor/values/json.ts"

const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value)
    .reverse()
    .map(([key, part]) => [key, reordered(part)])
  // Object.fromEntries defines, so that "__proto__" becomes a key like any other.
  return Object.fromEntries(entries)
}

describe("the fingerprint of a value", () => {
  it("does not depend on the order of keys, and survives writing down", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(fingerprint(reordered(value))).toBe(fingerprint(value))
        expect(fingerprint(JSON.parse(JSON.stringify(value)))).toBe(fingerprint(value))
      }),
      { numRuns: 1_000 }
    )
  })

  it("differs for different content", () => {
    const byPrint = new Map<string, string>()
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = JSON.stringify(reordered(reordered(sorted(value))))
        const print = fingerprint(value)
        expect(byPrint.get(print) ?? text).toBe(text)
        byPrint.set(print, text)
      }),
      { numRuns: 3_000 }
    )
  })

  it.each([
    [[], {}],
    [[[]], []],
    [[1, 2], [12]],
    [["a", "b"], ["ab"]],
    [["a,b"], ["a", "b"]],
    [1, "1"],
    [null, "null"],
    [false, 0],
    [
      { a: 1, b: 2 },
      { a: 2, b: 1 }
    ],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
    [{ a: null }, {}],
    ["", []],
    ["\ud800", "\udfff"],
    ["\u0000", ""],
    [0.1, 0.1 + Number.EPSILON]
  ])("tells %j from %j", (one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other))
  })

  it("takes an own __proto__ for the content that it is", () => {
    const [one, other] = ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'].map((text) => fingerprint(JSON.parse(text)))
    expect(one).not.toBe(other)
    expect(fingerprint({})).not.toBe(one)
  })

  it("takes -0 for 0, as JSON does", () => {
    expect(fingerprint(-0)).toBe(fingerprint(0))
    expect(JSON.stringify(-0)).toBe("0")
  })

  it("takes lone surrogates, which JSON escapes", () => {
    const value = ["\ud800", { "\udc00": 1 }]
    expect(fingerprint(JSON.parse(JSON.stringify(value)))).toBe(fingerprint(value))
  })

  it("takes an object without prototype", () => {
    expect(fingerprint(Object.assign(Object.create(null), { a: 1 }))).toBe(fingerprint({ a: 1 }))
  })

  it("is short, and made of letters and digits", () => {
    for (const value of [null, 1, "x".repeat(10_000)]) expect(fingerprint(value)).toMatch(/^[0-9a-z]{1,11}$/)
    expect(fingerprintText("x")).toMatch(/^[0-9a-z]{1,11}$/)
  })

  it("spreads: no collision among 200,000 small values", () => {
    const prints = new Set(Array.from({ length: 200_000 }, (_, index) => fingerprint({ id: index })))
    expect(prints.size).toBe(200_000)
  })
})

describe("what JSON would change in silence is refused, with its place", () => {
  const cyclic: { a: Array<unknown> } = { a: [] }
  cyclic.a.push(cyclic)
  const deep = (levels: number) => {
    let value: unknown = 1
    for (let i = 0; i < levels; i++) value = [value]
    return value
  }

  it.each<[string, unknown, string]>([
    ["undefined", { a: undefined }, 'undefined at ["a"]'],
    ["a hole", new Array(2), "undefined at [0]"],
    ["NaN", { a: [Number.NaN] }, 'NaN at ["a"][0]'],
    ["an infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["a bigint", 1n, "a bigint"],
    ["a function", { f: () => 1 }, 'a function at ["f"]'],
    ["a symbol", Symbol("x"), "a symbol"],
    ["a Date", { at: new Date(0) }, 'an object of Date at ["at"]'],
    ["a Map", new Map(), "an object of Map"],
    ["an object of a class", new (class Order {})(), "an object of Order"],
    [
      "an object of a prototype without a name",
      Object.create(Object.create(null)),
      "an object with a prototype of its own"
    ],
    [
      "an object of a prototype whose constructor has no name",
      Object.create({ constructor: {} }),
      "an object with a prototype of its own"
    ],
    ["what is deep in lists and objects", [{ a: [[1n]] }], 'a bigint at [0]["a"][0][0]'],
    ["an object with toJSON", { toJSON: () => 1 }, 'a function at ["toJSON"]'],
    ["a cycle", cyclic, "or a circle"],
    ["a depth that would end the stack", deep(100_000), "more than 500 levels of nesting"]
  ])("%s", (_, value, place) => {
    expect(() => fingerprint(value)).toThrow(NotJson)
    expect(() => fingerprint(value)).toThrow(place)
  })

  it("but not 500 levels, and 501 are", () => {
    expect(fingerprint(deep(500))).toBeDefined()
    expect(() => fingerprint(deep(501))).toThrow(NotJson)
    const objects = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`)
    expect(fingerprint(objects(500))).toBeDefined()
    expect(() => fingerprint(objects(501))).toThrow(NotJson)
  })

  it("and is told apart from other errors by its name", () => {
    expect(new NotJson("x").name).toBe("NotJson")
  })
})

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)])
  )
}
