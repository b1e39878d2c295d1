import {
  Array as Arr,
  BigDecimal,
  Brand,
  ByteSize,
  Cause,
  Chunk,
  Context,
  Data,
  Differ,
  Duration,
  Effect,
  Equal,
  Exit,
  Graph,
  Hash,
  HashMap,
  HashRing,
  HashSet,
  JsonPatch,
  Match,
  MutableHashMap,
  MutableList,
  Optic,
  Option,
  Order,
  Predicate,
  Record,
  Redacted,
  Result,
  Schema,
  SemVer,
  String as Str,
  Struct,
  Trie,
  Tuple
} from "effect"
import { gen, type Programs } from "./program.ts"

class Point extends Data.Class<{ readonly x: number; readonly y: number }> {}
class Missing extends Data.TaggedError("Missing")<{ readonly key: string }> {}
class Person extends Schema.Class<Person>("Person")({ name: Schema.NonEmptyString, age: Schema.Int }) {}

export const values: Programs = {
  "Array, Chunk, Record, Struct, Tuple, Iterable": {
    collections: gen(function* () {
      return [
        Arr.groupBy([1, 2, 3, 4], (n) => (n % 2 === 0 ? "even" : "odd")),
        Arr.sort([3, 1, 2], Order.Number),
        Chunk.toReadonlyArray(Chunk.map(Chunk.make(1, 2), (n) => n * 2)),
        Record.map({ a: 1 }, (n) => n + 1),
        Struct.pick({ a: 1, b: 2 }, ["a"]),
        Tuple.make(1, "a")
      ]
    })
  },
  "Option, Result, Exit, Cause": {
    answers: gen(function* () {
      const cause = Cause.combine(Cause.fail("f"), Cause.die("d"))
      return [
        Option.getOrElse(Option.none(), () => 1),
        Result.getOrElse(Result.fail("no"), () => 2),
        Exit.map(Exit.succeed(1), (n) => n + 1),
        cause.reasons.map((reason) => reason._tag),
        Cause.squash(cause)
      ]
    }),
    "as effects": gen(function* () {
      const some = yield* Effect.fromOption(Option.some(1))
      const failed = yield* Effect.exit(Effect.fromResult(Result.fail("no")))
      const missing = yield* Effect.flip(new Missing({ key: "a" }))
      return [some, failed, missing._tag, missing.key]
    })
  },
  "Data, Equal, Hash, Brand, Redacted": {
    "by value": gen(function* () {
      const [a, b] = [new Point({ x: 1, y: 2 }), new Point({ x: 1, y: 2 })]
      const Positive = Brand.nominal<number & Brand.Brand<"Positive">>()
      return [Equal.equals(a, b), Hash.hash(a) === Hash.hash(b), Positive(1), String(Redacted.make("secret"))]
    }),
    "hashes of objects are not kept": gen(function* () {
      const [first, second] = [{}, {}]
      return [Hash.hash("text"), Equal.equals(Equal.byReference(first), Equal.byReference(second))]
    })
  },
  "HashMap, HashSet, Trie, Graph, HashRing, MutableHashMap, MutableList": {
    structures: gen(function* () {
      const map = HashMap.make(["a", 1], ["b", 2])
      const graph = Graph.directed<string, number>((made) => {
        const [a, b] = [Graph.addNode(made, "a"), Graph.addNode(made, "b")]
        Graph.addEdge(made, a, b, 1)
      })
      const mutable = MutableHashMap.make(["k", 1])
      const list = MutableList.make<number>()
      MutableList.append(list, 1)
      return [
        Option.getOrNull(HashMap.get(map, "b")),
        HashSet.size(HashSet.make(1, 1, 2)),
        Option.getOrNull(Trie.get(Trie.make(["key", 1]), "key")),
        Graph.nodeCount(graph),
        Option.getOrNull(MutableHashMap.get(mutable, "k")),
        MutableList.take(list),
        HashRing.has(
          HashRing.add(HashRing.make<any>(), {
            [Symbol.for("x")]: 1,
            "~effect/interfaces/PrimaryKey": () => "n"
          } as any),
          {
            "~effect/interfaces/PrimaryKey": () => "n"
          } as any
        )
      ]
    })
  },
  "Number, BigDecimal, Duration, ByteSize, SemVer, String": {
    arithmetic: gen(function* () {
      return [
        BigDecimal.format(BigDecimal.sum(BigDecimal.fromStringUnsafe("0.1"), BigDecimal.fromStringUnsafe("0.2"))),
        Duration.toMillis(Duration.sum(Duration.seconds(1), Duration.millis(5))),
        Str.capitalize("abc"),
        String(ByteSize.fromInputUnsafe("1 KiB")),
        SemVer.format(SemVer.parseUnsafe("1.2.3"))
      ]
    })
  },
  "Match, Predicate, Optic, Differ, JsonPatch": {
    branches: gen(function* () {
      const kind = Match.type<string | number>().pipe(
        Match.when(Match.number, () => "number"),
        Match.when(Match.string, () => "string"),
        Match.exhaustive
      )
      return [
        kind(1),
        kind("a"),
        Predicate.isTagged({ _tag: "A" }, "A"),
        Optic.id<{ a: { b: number } }>()
          .key("a")
          .key("b")
          .replace(2, { a: { b: 1 } }),
        JsonPatch.apply(JsonPatch.get({ a: 1 }, { a: 2 }), { a: 1 }),
        typeof Differ
      ]
    })
  },
  Context: {
    "services, references and updates": gen(function* () {
      class Name extends Context.Service<Name, string>()("guide/Name") {}
      const Level = Context.Reference<number>("guide/Level", { defaultValue: () => 1 })
      const all = Effect.all([Name, Level])
      return yield* all.pipe(
        Effect.updateService(Level, (level) => level + 1),
        Effect.provideService(Name, "name")
      )
    })
  },
  Schema: {
    "decodes, encodes and refuses": gen(function* () {
      const decoded = yield* Schema.decodeUnknownEffect(Person)({ name: "Ada", age: 36 })
      const wrong = yield* Effect.flip(Schema.decodeUnknownEffect(Person)({ name: "", age: 1.5 }))
      return [decoded instanceof Person, yield* Schema.encodeEffect(Person)(decoded), wrong._tag]
    }),
    "at once": gen(function* () {
      return [
        Schema.decodeUnknownSync(Schema.NumberFromString)("1"),
        Schema.is(Schema.Int)(1.5),
        Schema.encodeSync(Schema.DateFromString)(new Date(0))
      ]
    }),
    "with effects in between": gen(function* () {
      const slow = Schema.String.pipe(Schema.middlewareDecoding((effect) => Effect.andThen(Effect.sleep(5), effect)))
      return yield* Schema.decodeUnknownEffect(slow)("text")
    })
  }
}
