import { describe, expect, it } from "vitest"
import { defectToJson, describeDefect } from "../../src/actor/values/defect.ts"
import type { Json } from "../../src/actor/values/json.ts"

const cyclic: { self?: unknown } = {}
cyclic.self = cyclic
const selfCaused = new Error("caused itself")
selfCaused.cause = selfCaused
const hostileName = new Error("x")
Object.defineProperty(hostileName, "name", {
  value: {
    toString: () => {
      throw new Error("no name")
    }
  }
})
const hostileMessage = new Error("x")
Object.defineProperty(hostileMessage, "message", {
  get: () => {
    throw new Error("no message")
  }
})
const hostileAll = {
  toJSON: () => {
    throw new Error("no JSON")
  },
  toString: () => {
    throw new Error("no text")
  },
  get [Symbol.toStringTag](): string {
    throw new Error("no tag")
  }
}

describe("a defect written down", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["NaN", Number.NaN],
    ["a bigint", 1n],
    ["a symbol", Symbol("x")],
    ["a function", () => 1],
    ["a cycle", cyclic],
    ["an error that caused itself", selfCaused],
    ["an error whose name cannot be read", hostileName],
    ["an error whose message cannot be read", hostileMessage],
    ["an object that cannot be read", hostileAll],
    ["an object without prototype", Object.create(null)],
    ["an object whose toJSON gives nothing", { toJSON: () => undefined }],
    ["a Map", new Map([[1, 2]])]
  ])("is JSON and has a line for people, whatever it is: %s", (_, defect) => {
    const json = defectToJson(defect)
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
    expect(describeDefect(defect).length).toBeGreaterThan(0)
  })

  it("keeps name, message, tag and causes of an error", () => {
    class Broken extends Error {
      readonly _tag = "Broken"
      override readonly name = "Broken"
    }
    const json = defectToJson(new Broken("outer", { cause: new TypeError("inner", { cause: "root" }) }))
    expect(json).toMatchObject({
      name: "Broken",
      _tag: "Broken",
      message: "outer",
      cause: { name: "TypeError", message: "inner", cause: "root" }
    })
  })

  it("keeps a tag that is no field of its own", () => {
    class Tagged extends Error {
      get _tag() {
        return "Tagged"
      }
    }
    expect(defectToJson(new Tagged("x"))).toMatchObject({ name: "Error", _tag: "Tagged" })
  })

  it("is JSON as it is", () => {
    for (const json of [null, true, false, 0, -1.5, "", "text", [1, null], { a: { b: [] } }])
      expect(defectToJson(json)).toEqual(json)
    expect([undefined, Number.NaN, -Infinity, 1n].map((defect) => defectToJson(defect))).toEqual([
      "undefined",
      "NaN",
      "-Infinity",
      "1"
    ])
  })

  it("follows causes only so far", () => {
    let error = new Error("0")
    for (let i = 1; i < 100; i++) error = new Error(String(i), { cause: error })
    let depth = 0
    for (
      let json = defectToJson(error) as { cause?: Json };
      json.cause !== undefined;
      json = json.cause as { cause?: Json }
    )
      depth++
    expect(depth).toBe(5)
  })

  it("keeps JSON as it is", () => {
    for (const value of [[1, 2], { a: [null] }, "text", "", true, false, 0, -1.5, null])
      expect(defectToJson(value)).toEqual(value)
    expect(defectToJson(Number.NaN)).toBe("NaN")
    expect(defectToJson(Number.POSITIVE_INFINITY)).toBe("Infinity")
    expect(defectToJson(undefined)).toBe("undefined")
    expect(defectToJson(1n)).toBe("1")
  })

  it("keeps of a tagged error what is plain and short, and nothing else", () => {
    class Refused extends Error {
      readonly _tag = "Refused"
      readonly code = 402
      readonly final = false
      readonly short = "x".repeat(500)
      readonly long = "x".repeat(501)
      readonly request = { authorization: "secret" }
      readonly list = ["secret"]
    }
    const { stack, ...json } = defectToJson(new Refused("no")) as { readonly [key: string]: Json }
    expect(json).toEqual({
      _tag: "Refused",
      name: "Error",
      message: "no",
      code: 402,
      final: false,
      short: "x".repeat(500)
    })
    expect(stack).toBeTypeOf("string")
  })

  it("keeps of any other error no fields: they may hold secrets (S16)", () => {
    for (const fields of [
      { code: 402, authorization: "secret" },
      { _tag: 5, authorization: "secret" }
    ]) {
      const json = defectToJson(Object.assign(new Error("no"), fields)) as { readonly [key: string]: Json }
      expect(Object.keys(json).sort()).toEqual(["message", "name", "stack"])
    }
  })

  it("is not told by a field of its own what it is: name and message are the error's", () => {
    const disguised = Object.assign(new TypeError("no"), { _tag: "Refused", cause: undefined, stack: undefined })
    expect(defectToJson(disguised)).toEqual({ _tag: "Refused", name: "TypeError", message: "no" })
  })

  it("keeps the first lines of a stack, which say where it was", () => {
    const error = new Error("no")
    error.stack = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n")
    expect(defectToJson(error)).toMatchObject({ stack: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `line ${n}`).join("\n") })
  })

  it("is one line for people", () => {
    expect(describeDefect(new TypeError("x is not a function"))).toBe("TypeError: x is not a function")
    expect(describeDefect("text")).toBe("text")
    expect(describeDefect({ message: "told" })).toBe("told")
    expect(describeDefect({ message: "told", name: "Named" })).toBe("Named: told")
    expect(describeDefect({ code: 1 })).toBe('{"code":1}')
    expect(describeDefect(["message"])).toBe('["message"]')
    expect(describeDefect(null)).toBe("null")
    expect(describeDefect(5)).toBe("5")
    expect(describeDefect(hostileAll)).toMatch(/cannot be printed/)
  })
})
