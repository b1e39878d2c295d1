import { runInNewContext } from "node:vm"
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

const revoked = Proxy.revocable({}, {})
revoked.revoke()
const revokedError = Proxy.revocable(new Error("x"), {})
revokedError.revoke()
const trap = () => {
  throw new Error("trapped")
}
const hostileProxy = new Proxy(new Error("x"), {
  get: trap,
  has: trap,
  ownKeys: trap,
  getPrototypeOf: trap,
  getOwnPropertyDescriptor: trap
})
const hostileFields = new Error("x")
for (const name of ["name", "stack", "cause", "_tag", "code", "errors", "constructor", "toString", "toJSON"])
  Object.defineProperty(hostileFields, name, { get: trap, enumerable: true })

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
    ["a proxy that was revoked", revoked.proxy],
    ["an error behind a proxy that was revoked", revokedError.proxy],
    ["a proxy that throws at every question", hostileProxy],
    ["an error of whose fields none can be read", hostileFields],
    ["a value too deep", JSON.parse("[".repeat(3_000) + "]".repeat(3_000))],
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
    expect(defectToJson(new Tagged("x"))).toMatchObject({ name: "Tagged", _tag: "Tagged" })
  })

  it("is JSON as it is", () => {
    for (const json of [null, true, false, 0, -1.5, "", "text", [1, null], { a: { b: [] } }])
      expect(defectToJson(json)).toEqual(json)
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
      name: "Refused",
      message: "no",
      code: 402,
      final: false,
      short: "x".repeat(500)
    })
    expect(stack).toBeTypeOf("string")
  })

  it("keeps of any other error what libraries say what happened with, and no other field: they may hold secrets (S16)", () => {
    const told = { code: "ECONNREFUSED", errno: -111, syscall: "connect", status: 503, statusCode: 503 }
    for (const fields of [
      { authorization: "secret", config: { headers: "secret" }, body: "secret" },
      { _tag: 5, authorization: "secret" }
    ]) {
      const { stack, ...json } = defectToJson(Object.assign(new Error("no"), told, fields)) as { [key: string]: Json }
      expect(stack).toBeTypeOf("string")
      expect(json).toEqual({ name: "Error", message: "no", ...told })
    }
  })

  it("keeps the status of an answer of AWS, which stands in its metadata", () => {
    const error = Object.assign(new Error("slow down"), {
      name: "ThrottlingException",
      $metadata: { httpStatusCode: 429 }
    })
    expect(defectToJson(error)).toMatchObject({ name: "ThrottlingException", statusCode: 429 })
  })

  it("takes for a code or a status nothing but what is short and plain", () => {
    for (const code of [{ secret: 1 }, "x".repeat(501), Number.NaN, () => 1, 5n])
      expect(defectToJson(Object.assign(new Error("no"), { code, status: code }))).not.toHaveProperty("code")
  })

  it("is named by its class where it has no name of its own, one of another realm too", () => {
    class CardRefused extends Error {}
    class Limit extends RangeError {}
    class Plain {
      readonly reason = "no"
    }
    expect(defectToJson(new CardRefused("no"))).toMatchObject({ name: "CardRefused" })
    expect(defectToJson(new Limit("no"))).toMatchObject({ name: "Limit" })
    expect(defectToJson(Object.assign(new CardRefused("no"), { name: "Given" }))).toMatchObject({ name: "Given" })
    expect(defectToJson(new Plain())).toEqual({ reason: "no", name: "Plain" })
    const foreign = runInNewContext('Object.assign(new TypeError("far"), { code: "E_FAR" })')
    expect(defectToJson(foreign)).toMatchObject({ name: "TypeError", message: "far", code: "E_FAR" })
  })

  it("keeps the errors of which an AggregateError is the sum, the first ten of them", () => {
    const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" })
    const all = new AggregateError([refused, "no error", new TypeError("second")], "all failed")
    expect(defectToJson(all)).toMatchObject({
      name: "AggregateError",
      message: "all failed",
      errors: [
        { message: "refused", code: "ECONNREFUSED" },
        { name: "TypeError", message: "second" }
      ]
    })
    const many = new AggregateError(Array.from({ length: 1_000 }, () => new Error("one")))
    expect((defectToJson(many) as { errors: Array<Json> }).errors).toHaveLength(10)
  })

  it("is bounded, however many errors there are in errors, and however long they are", () => {
    const sum = (depth: number): Error =>
      depth === 0
        ? new Error("x".repeat(1e6))
        : new AggregateError(
            Array.from({ length: 8 }, () => sum(depth - 1)),
            "y".repeat(1e6)
          )
    expect(JSON.stringify(defectToJson(sum(4))).length).toBeLessThan(100 * 25_000)
    expect(JSON.stringify(defectToJson({ list: Array.from({ length: 1e6 }, (_, i) => i) })).length).toBeLessThan(
      100_000
    )
    expect(describeDefect(new Error("x".repeat(1e7))).length).toBeLessThan(2_100)
  })

  it("tells what is no error from the text that it would be: what was thrown is known", () => {
    const things = [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, 1n, Symbol("x"), () => 1]
    const texts = ["undefined", "null", "NaN", "Infinity", "1", "Symbol(x)", "() => 1"]
    const told = [...things, ...texts].map((thing) => JSON.stringify(defectToJson(thing)))
    expect(new Set(told).size).toBe(told.length)
    expect(defectToJson(undefined)).toEqual({ name: "undefined", message: "undefined was thrown, which is no Error" })
    expect(describeDefect(undefined)).not.toBe(describeDefect("undefined"))
  })

  it("is not told by a field of its own what it is: name and message are the error's", () => {
    const disguised = Object.assign(new TypeError("no"), { _tag: "Refused", cause: undefined, stack: undefined })
    expect(defectToJson(disguised)).toEqual({ _tag: "Refused", name: "TypeError", message: "no" })
  })

  it("says of what cannot be read that it cannot, and calls it what it is all the same", () => {
    expect(defectToJson(hostileFields)).toMatchObject({ name: "Error", message: "x" })
    expect(defectToJson(hostileMessage)).toMatchObject({ name: "Error", message: "its message cannot be read" })
    const hostileFunction = new Proxy(() => 1, {
      get() {
        throw new Error("no")
      }
    })
    expect(describeDefect(hostileFunction)).toBe("function: a function was thrown, which is no Error")
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
    expect(describeDefect(new TypeError(""))).toBe("TypeError")
    expect(describeDefect({ _tag: "Declined", card: "4111-1111" })).toBe("Declined")
    expect(describeDefect({ code: 1, card: "4111-1111" })).toBe("an object was thrown, which is no Error, code 1")
    expect(describeDefect(["4111-1111"])).toBe("an array was thrown, which is no Error")
    expect(describeDefect(null)).toBe("null")
    expect(describeDefect(5)).toBe("5")
    expect(describeDefect(hostileAll)).toMatch(/cannot be printed/)
  })
})
