import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as fc from "fast-check"

/** A schema with one of its values, and how to show the two. */
export interface Drawn {
  readonly schema: Schema.Codec<any, any>
  readonly value: unknown
  readonly text: string
}

/** A schema and how to draw values of it. */
interface Kind {
  readonly schema: Schema.Codec<any, any>
  readonly values: fc.Arbitrary<unknown>
  readonly text: string
}

const leaf = (text: string, schema: Schema.Codec<any, any>, values: fc.Arbitrary<unknown>): Kind => ({
  schema,
  values,
  text
})

/** Texts that are read as something else where a schema lets them. */
const texts = fc.oneof(
  fc.constantFrom("", "1", "-0", "12", "NaN", "Infinity", "null", "true", "1970-01-01T00:00:00.001Z", "\ud800", "AQ=="),
  fc.constantFrom("__proto__", "toString", "Symbol(a)", "a", "b", "Some", " a "),
  fc.string()
)
const numbers = fc.oneof(fc.constantFrom(0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 2 ** 53, 5e-324), fc.double())
const dates = fc.oneof(fc.constantFrom(new Date(0), new Date(Number.NaN)), fc.date({ noInvalidDate: true }))
const json = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(-0, { a: -0 }, [undefined], { a: undefined }, { [Symbol.for("a")]: 1 })
)

class Money extends Schema.Class<Money>("Money")({ cents: Schema.Number }) {}
class Wallet extends Schema.Class<Wallet>("Wallet")({
  cents: Schema.Number,
  owner: Schema.optional(Schema.NullOr(Schema.String))
}) {}
class Poor extends Schema.TaggedError<Poor>()("Poor", { missing: Schema.NullOr(Schema.Number) }) {}

/** Whose decoding changes what it is given. */
const trimmed = Schema.String.pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transform((text: string) => text.trim()),
    encode: SchemaGetter.transform((text: string) => text)
  })
)

const leaves: ReadonlyArray<Kind> = [
  leaf("String", Schema.String, texts),
  leaf("Number", Schema.Number, numbers),
  leaf("Finite", Schema.Finite, fc.oneof(fc.constantFrom(0, -0), fc.double({ noNaN: true, noDefaultInfinity: true }))),
  leaf("Boolean", Schema.Boolean, fc.boolean()),
  leaf("BigInt", Schema.BigInt, fc.bigInt()),
  leaf("Null", Schema.Null, fc.constant(null)),
  leaf("Void", Schema.Void as Schema.Codec<any, any>, fc.constant(undefined)),
  leaf(
    "Defect",
    Schema.Defect() as Schema.Codec<any, any>,
    fc.constantFrom<unknown>("a", { a: 1 }, { reason: "12", code: 5 })
  ),
  leaf(
    "DateTimeUtc",
    Schema.DateTimeUtc,
    fc.integer().map((ms) => DateTime.makeUnsafe(ms))
  ),
  leaf("Undefined", Schema.Undefined, fc.constant(undefined)),
  leaf("Literals", Schema.Literals(["a", "b", 1, true]), fc.constantFrom("a", "b", 1, true)),
  leaf("Symbol", Schema.Symbol, fc.constantFrom(Symbol.for("a"), Symbol("a"))),
  leaf("Date", Schema.Date, dates),
  leaf("DateFromString", Schema.DateFromString, dates),
  leaf("NumberFromString", Schema.NumberFromString, numbers),
  leaf("trimmed", trimmed, texts),
  leaf("branded", Schema.String.pipe(Schema.brand("Name")), texts),
  leaf("Uint8Array", Schema.Uint8Array, fc.uint8Array({ maxLength: 4 })),
  leaf(
    "URL",
    Schema.URL,
    fc.webUrl().map((url) => new URL(url))
  ),
  leaf("RegExp", Schema.RegExp, fc.constantFrom(/a/g, /[/\]]/u)),
  leaf(
    "Duration",
    Schema.Duration,
    fc.oneof(fc.nat().map(Duration.millis), fc.constantFrom(Duration.infinity, Duration.nanos(5n)))
  ),
  leaf(
    "Redacted",
    Schema.Redacted(Schema.String),
    texts.map((text) => Redacted.make(text))
  ),
  leaf("Json", Schema.Json as Schema.Codec<any, any>, json),
  leaf("Unknown", Schema.Unknown as Schema.Codec<any, any>, json),
  leaf("Any", Schema.Any as Schema.Codec<any, any>, json),
  leaf(
    "Money",
    Money,
    numbers.map((cents) => new Money({ cents }))
  ),
  leaf(
    "Wallet",
    Wallet,
    fc.tuple(numbers, fc.constantFrom(undefined, null, "a")).map(([cents, owner]) => new Wallet({ cents, owner }))
  ),
  leaf(
    "Poor",
    Poor,
    fc.option(fc.nat()).map((missing) => new Poor({ missing }))
  )
]

const anyLeaf = fc.constantFrom(...leaves)

const names = ["a", "b", "__proto__", "_tag"] as const

const optionality = {
  required: (schema: Schema.Codec<any, any>) => schema,
  optional: (schema: Schema.Codec<any, any>) => Schema.optional(schema),
  optionalKey: (schema: Schema.Codec<any, any>) => Schema.optionalKey(schema)
} as const

const struct = (kinds: fc.Arbitrary<Kind>): fc.Arbitrary<Kind> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), kinds, fc.constantFrom("required", "optional", "optionalKey")), {
      selector: ([name]) => name,
      maxLength: 3
    })
    .map((fields): Kind => {
      const schema = Schema.Struct(
        Object.fromEntries(fields.map(([name, { schema }, how]) => [name, optionality[how](schema)]))
      )
      const entries = fields.map(([name, { values }, how]) =>
        (how === "required"
          ? values
          : fc.oneof(values, fc.constant(how === "optional" ? undefined : left), fc.constant(left))
        ).map((value) => [name, value] as const)
      )
      return {
        schema: schema as never,
        values: fc.tuple(...entries).map((all) => Object.fromEntries(all.filter(([, value]) => value !== left))),
        text: `{ ${fields.map(([name, { text }, how]) => `${name}: ${how} ${text}`).join(", ")} }`
      }
    })

/** Marks a field that is left out. */
const left = Symbol("left out")

const containers = (kinds: fc.Arbitrary<Kind>): fc.Arbitrary<Kind> =>
  fc.oneof(
    struct(kinds),
    kinds.map((kind) => of(kind, "Array", Schema.Array(kind.schema), fc.array(kind.values, { maxLength: 3 }))),
    kinds.map((kind) =>
      of(kind, "holes", Schema.Array(Schema.UndefinedOr(kind.schema)), fc.sparseArray(kind.values, { maxLength: 3 }))
    ),
    fc
      .tuple(kinds, kinds)
      .map(([one, other]) =>
        both("Tuple", Schema.Tuple([one.schema, other.schema]) as never, fc.tuple(one.values, other.values), one, other)
      ),
    kinds.map((kind) =>
      of(
        kind,
        "Record",
        Schema.Record(Schema.String, kind.schema),
        fc.dictionary(texts, kind.values, { maxKeys: 3, noNullPrototype: true })
      )
    ),
    fc
      .tuple(kinds, kinds)
      .map(([one, other]) =>
        both("Union", Schema.Union([one.schema, other.schema]), fc.oneof(one.values, other.values), one, other)
      ),
    kinds.map((kind) => of(kind, "NullOr", Schema.NullOr(kind.schema), fc.option(kind.values))),
    kinds.map((kind) =>
      of(kind, "UndefinedOr", Schema.UndefinedOr(kind.schema), fc.option(kind.values, { nil: undefined }))
    ),
    kinds.map((kind) =>
      of(kind, "Option", Schema.Option(kind.schema), fc.option(kind.values.map(Option.some), { nil: Option.none() }))
    ),
    fc
      .tuple(kinds, kinds)
      .map(([one, other]) =>
        both(
          "Result",
          Schema.Result(one.schema, other.schema),
          fc.oneof(one.values.map(Result.succeed), other.values.map(Result.fail)),
          one,
          other
        )
      ),
    kinds.map((kind) =>
      of(
        kind,
        "Set",
        Schema.ReadonlySet(kind.schema),
        fc.array(kind.values, { maxLength: 3 }).map((all) => new Set(all))
      )
    ),
    kinds.map((kind) =>
      of(kind, "Chunk", Schema.Chunk(kind.schema), fc.array(kind.values, { maxLength: 3 }).map(Chunk.fromIterable))
    ),
    fc.tuple(kinds, kinds).map(([one, other]) =>
      both(
        "Map",
        Schema.ReadonlyMap(one.schema, other.schema),
        fc.array(fc.tuple(one.values, other.values), { maxLength: 3 }).map((all) => new Map(all)),
        one,
        other
      )
    ),
    kinds.map((kind) =>
      of(
        kind,
        "suspend",
        Schema.suspend(() => kind.schema),
        kind.values
      )
    ),
    kinds.map(tree)
  )

const of = ({ text }: Kind, name: string, schema: unknown, values: fc.Arbitrary<unknown>): Kind => ({
  schema: schema as Schema.Codec<any, any>,
  values,
  text: `${name}(${text})`
})

const both = (name: string, schema: unknown, values: fc.Arbitrary<unknown>, one: Kind, other: Kind): Kind => ({
  schema: schema as Schema.Codec<any, any>,
  values,
  text: `${name}(${one.text}, ${other.text})`
})

/** Recursive: a value, and trees below it. */
const tree = (kind: Kind): Kind => {
  const schema: Schema.Codec<any, any> = Schema.Struct({
    value: kind.schema,
    below: Schema.optional(Schema.Array(Schema.suspend((): Schema.Codec<any, any> => schema)))
  })
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.record(
      {
        value: kind.values,
        below: fc.oneof({ maxDepth: 2 }, fc.constant(undefined), fc.array(tie("tree"), { maxLength: 2 }))
      },
      { requiredKeys: ["value"], noNullPrototype: true }
    )
  }))
  return of(kind, "tree", schema, tree)
}

const kinds = (depth: number): fc.Arbitrary<Kind> =>
  depth === 0
    ? anyLeaf
    : fc.oneof({ arbitrary: anyLeaf, weight: 1 }, { arbitrary: containers(kinds(depth - 1)), weight: 3 })

/** Exits of what is drawn. They carry more than they say (stacks, annotations), so that one looks at their parts. */
export const drawnExits: fc.Arbitrary<Drawn & { readonly value: Exit.Exit<unknown, unknown> }> = fc
  .tuple(kinds(2), kinds(2))
  .chain(([one, other]) =>
    fc.oneof(one.values.map(Exit.succeed), other.values.map(Exit.fail)).map((value) => ({
      schema: Schema.Exit(one.schema, other.schema, Schema.Defect()) as Schema.Codec<any, any>,
      value,
      text: `Exit(${one.text}, ${other.text})`
    }))
  )

/** Schemas up to three deep, each with a value that its type takes. */
export const drawn: fc.Arbitrary<Drawn> = kinds(3).chain(({ schema, values, text }) =>
  values.map((value) => ({ schema, value, text }))
)
