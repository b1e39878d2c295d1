import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { describe, expect, it } from "vitest"
import { makeCodec, payloadLimit, type Storable } from "../../src/actor/values/codec.ts"
import { Declined } from "./definitions.ts"

const roundTrip = <T>(schema: Storable<T>, value: T): T => {
  const codec = makeCodec(schema)
  const { payload } = Result.getOrThrow(codec.encode(value))
  return Result.getOrThrow(codec.decode(JSON.parse(JSON.stringify(payload))))
}

const refusal = <T>(schema: Storable<T>, value: T): string => {
  const result = makeCodec(schema).encode(value)
  if (Result.isSuccess(result)) throw new Error(`was taken: ${result.success.payload.json}`)
  return result.failure
}

describe("what a schema describes comes back as it was", () => {
  class Money extends Schema.Class<Money>("Money")({ cents: Schema.BigInt }) {}

  it.each<[string, Storable<any>, any]>([
    ["a Date", Schema.Date, new Date(5)],
    ["a bigint", Schema.BigInt, 2n ** 70n],
    ["undefined", Schema.Undefined, undefined],
    ["void", Schema.Void, undefined],
    ["a field that is undefined", Schema.Struct({ a: Schema.UndefinedOr(Schema.Number) }), { a: undefined }],
    ["a field that is absent", Schema.Struct({ a: Schema.optionalKey(Schema.Number) }), {}],
    ["a Map", Schema.ReadonlyMap(Schema.String, Schema.Date), new Map([["a", new Date(1)]])],
    ["a Set", Schema.ReadonlySet(Schema.Number), new Set([1, 2])],
    ["bytes", Schema.Uint8Array, new Uint8Array([1, 2, 255])],
    ["NaN", Schema.Number, Number.NaN],
    ["an infinity", Schema.Number, Number.POSITIVE_INFINITY],
    ["-0", Schema.Number, -0],
    ["-0 in JSON", Schema.Json, { a: [-0, 0] }],
    ["a field of undefined or null", Schema.Struct({ a: Schema.optional(Schema.NullOr(Schema.String)) }), { a: null }],
    ["a text beside bigints", Schema.Union([Schema.String, Schema.BigInt]), "twelve"],
    ["a lone surrogate", Schema.String, "\ud800"],
    ["a class", Money, new Money({ cents: 5n })],
    ["a tagged error", Declined, new Declined({ code: 5 })],
    ["JSON", Schema.Json, { a: [1, null, "x", { b: true }] }]
  ])("%s", (_, schema, value) => {
    const back = roundTrip(schema, value)
    expect(back).toEqual(value)
    expect(back?.constructor).toBe(value?.constructor)
  })

  it("an Error, with its name, message and cause", () => {
    const error = new Error("outer", { cause: new TypeError("inner") })
    const back = roundTrip(Schema.ErrorInstance(), error)
    expect(back).toBeInstanceOf(Error)
    expect(back.message).toBe("outer")
    expect((back.cause as Error).message).toBe("inner")
  })

  it("what the schema does not name is not kept, and neither is a class that it does not ask for", () => {
    class Wide {
      readonly a = 1
      readonly more = 2
    }
    const a = Schema.Struct({ a: Schema.Number })
    expect(roundTrip(a, new Wide())).toEqual({ a: 1 })
    expect(roundTrip(Schema.Union([a, Schema.String]), new Wide())).toEqual({ a: 1 })
  })

  it("the same value with the same fingerprint, whatever the order of its keys", () => {
    const codec = makeCodec(Schema.Record(Schema.String, Schema.Number))
    const [one, other] = [
      { a: 1, b: 2 },
      { b: 2, a: 1 }
    ].map((value) => Result.getOrThrow(codec.encode(value)).fingerprint)
    expect(one).toBe(other)
  })
})

describe("what cannot be stored is refused with a sentence, never with a throw or a loss", () => {
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()

  it.each<[string, Storable<any>, unknown, string]>([
    ["a value of another type", Schema.Number, "x", "number"],
    ["a cycle", Schema.Any, cyclic, ""],
    ["a function", Schema.Any, () => 1, "function"],
    ["a function inside", Schema.Any, { deep: [() => 1] }, "deep"],
    ["a bigint that no schema describes", Schema.Any, 1n, "bigint"],
    ["undefined that no schema describes", Schema.Any, undefined, "undefined"],
    [
      "a getter that throws",
      Schema.Any,
      {
        get a() {
          throw new Error("getter")
        }
      },
      "getter"
    ],
    ["a proxy that is gone", Schema.Any, revoked.proxy, ""],
    ["a value too deep", Schema.Any, JSON.parse("[".repeat(5_000) + "]".repeat(5_000)), ""]
  ])("%s", (_, schema, value, part) => {
    expect(refusal(schema, value)).toContain(part)
  })

  interface Tree {
    readonly left: Tree | null
  }
  const Tree: Storable<Tree> = Schema.Struct({ left: Schema.NullOr(Schema.suspend((): Storable<Tree> => Tree)) })

  it("a value that holds itself, or is too deep for its own schema, with what may be wrong", () => {
    const ring: { left: Tree | null } = { left: null }
    ring.left = ring
    let tall: Tree = { left: null }
    for (let i = 0; i < 50_000; i++) tall = { left: tall }
    for (const value of [ring, tall]) expect(refusal(Tree, value)).toContain("too many levels of nesting, or a circle")
  })

  class Cat extends Schema.Class<Cat>("Cat")({ name: Schema.String }) {}

  it.each<[string, Storable<any>, unknown, string]>([
    [
      "undefined where null may stand",
      Schema.Struct({ a: Schema.optional(Schema.NullOr(Schema.String)) }),
      { a: undefined },
      '["a"]: undefined comes back as null'
    ],
    [
      "a text that reads as a bigint",
      Schema.Union([Schema.String, Schema.BigInt]),
      "12",
      "a string comes back as a bigint"
    ],
    [
      "a text that reads as a number",
      Schema.Union([Schema.Number, Schema.String]),
      "NaN",
      "a string comes back as NaN"
    ],
    [
      "a Date beside texts",
      Schema.Struct({ at: Schema.Array(Schema.Union([Schema.String, Schema.Date])) }),
      { at: ["today", new Date(5)] },
      '["at"][1]: an object of Date comes back as a string'
    ],
    [
      "a field that another member of the union has not",
      Schema.Union([Schema.Struct({ a: Schema.Null }), Schema.Struct({ a: Schema.Null, b: Schema.Null })]),
      { a: null, b: null },
      '["b"]: null comes back missing'
    ],
    [
      "a class beside its fields",
      Schema.Union([Schema.Struct({ name: Schema.String }), Cat]),
      new Cat({ name: "Tom" }),
      "Cat"
    ],
    [
      "undefined where null may stand, which has a form of its own",
      Schema.NullishOr(Schema.String),
      undefined,
      "undefined comes back as null. Leave the field out, or write null"
    ],
    ["a text beside nothing", Schema.Union([Schema.Void, Schema.String]), "a", "a string comes back as undefined"],
    ["null beside nothing", Schema.NullOr(Schema.Void), null, "null comes back as undefined"],
    [
      "what a defect beside it takes for its own",
      Schema.Union([Schema.Defect(), Schema.Struct({ at: Schema.Date })]),
      { at: new Date(5) },
      '["at"]: an object of Date comes back as a string'
    ],
    [
      "a defect of an exit that is not told but described",
      Schema.Exit(Schema.Null, Schema.Null, Schema.Union([Schema.BigInt, Schema.String])),
      Exit.die("12"),
      "a string comes back as a bigint"
    ],
    ["-0 that is written as a text", Schema.NumberFromString, -0, "-0 comes back as a number"],
    // biome-ignore lint/suspicious/noSparseArray: it is what is refused
    ["a hole", Schema.Array(Schema.UndefinedOr(Schema.Null)), [null, , null], "[1]: a hole in an array"],
    ["a field named by a symbol that no schema describes", Schema.Any, { [Symbol.for("a")]: 1 }, "[Symbol(a)]"]
  ])("what would come back as another value: %s", (_, schema, value, part) => {
    const why = refusal(schema, value)
    expect(why).toMatch(/^does not survive its own encoding: /)
    expect(why).toContain(part)
  })

  it.each<[string, Storable<any>, unknown, string]>([
    [
      "in a list",
      Schema.Struct({ a: Schema.Array(Schema.Number) }),
      { a: [1, "x"] },
      'Expected number at ["a"][1], got a string'
    ],
    [
      "in what is to be any JSON",
      Schema.Struct({ meta: Schema.Unknown }),
      { meta: { a: [1n] } },
      'at ["meta"]["a"][0], got a bigint'
    ],
    ["missing", Schema.Struct({ a: Schema.String }), {}, 'Missing key at ["a"]']
  ])("with the place and what is there, and never the value: %s", (_, schema, value, sentence) => {
    expect(refusal(schema, value)).toContain(sentence)
    expect(refusal(Schema.Struct({ password: Schema.Number }), { password: "secret" as never })).not.toContain("secret")
  })

  it("a value above the limit of a payload, by one character of its JSON", () => {
    expect(payloadLimit).toBe(16 * 1024 * 1024)
    const largest = "x".repeat(payloadLimit - '""'.length)
    expect(Result.isSuccess(makeCodec(Schema.String).encode(largest))).toBe(true)
    expect(refusal(Schema.String, `${largest}x`)).toContain("keep the value elsewhere")
  })

  it("and says what no JSON can hold, as against what the schema does not take", () => {
    expect(refusal(Schema.Any, { at: () => 1 })).toContain("cannot be stored as JSON")
    expect(refusal(Schema.Number, "x" as never)).not.toContain("cannot be stored as JSON")
  })

  it("and a schema that waits is told for what it is", () => {
    const waits = SchemaGetter.transformEffect((text: string) => Effect.delay(Effect.succeed(text), "1 milli"))
    const schema = Schema.String.pipe(Schema.decodeTo(Schema.String, { decode: waits, encode: waits }))
    expect(refusal(schema, "a")).toBe("its schema waits for something: values are encoded and decoded at once")
  })

  it("and a throw of something that is no error is told as it is", () => {
    const thrower = {
      get a() {
        throw "a text"
      }
    }
    expect(refusal(Schema.Any, thrower)).toContain("a text")
  })
})

describe("what cannot be read is answered with a sentence", () => {
  it.each([
    ["text that is no JSON", { json: "{" }],
    ["another type", { json: '"x"' }],
    ["a reference that nobody resolved", { sha256: "00", bytes: 1 }]
  ])("%s", (_, payload) => {
    const result = makeCodec(Schema.Number).decode(payload)
    expect(Result.isFailure(result) && result.failure.length > 0).toBe(true)
  })

  it("and __proto__ in stored JSON gives nothing a prototype", () => {
    const codec = makeCodec(Schema.Record(Schema.String, Schema.Any))
    const decoded = codec.decode({ json: '{"__proto__":{"admin":true},"a":1}' })
    if (Result.isSuccess(decoded)) expect((decoded.success as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
