import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import {
  type Client,
  continueAsNew,
  defineSignal,
  defineStep,
  defineWorkflow,
  type ListQuery,
  setTags,
  type TagChanges,
  TagsInvalid
} from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const next = defineSignal("next", Schema.Record(Schema.String, Schema.NullOr(Schema.String)))

/** Takes tags as they come; `again` makes a new generation, and `end` ends it. */
const tagged = defineWorkflow("tagged", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (n: number) {
    for (;;) {
      const { again, end, ...tags } = yield* next.receive
      yield* setTags({ passes: "by" })
      yield* setTags({ passes: null, ...tags })
      if (end !== undefined) return n
      if (again !== undefined) return yield* continueAsNew(n + 1)
    }
  })
})

const slow = defineStep("slow", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n) })
const parent = defineWorkflow("parent", {
  input: Schema.Int,
  output: Schema.Int,
  run: (n) =>
    child
      .start(n, n === 7 ? { tags: { of: "seven", by: "parent" } } : {})
      .pipe(Effect.andThen(Effect.never), Effect.as(n))
})
const child = defineWorkflow("child", {
  input: Schema.Int,
  output: Schema.Int,
  run: (n) => Effect.andThen(slow(n), Effect.never)
})
const careless = defineWorkflow("careless", {
  input: Schema.Unknown,
  output: Schema.Int,
  run: (tags) => Effect.as(setTags(tags as TagChanges), 1)
})

const workflows = [tagged, parent, child, careless]

const found = (client: Client["Service"], query: ListQuery) =>
  Effect.map(client.list(query), ({ runs }) => runs.map(({ runId }) => runId).toSorted())

const sooner = <A, E, R>(ask: Effect.Effect<A, E, R>, expected: A) =>
  eventually(
    JSON.stringify(expected),
    Effect.map(ask, (answer) => (JSON.stringify(answer) === JSON.stringify(expected) ? answer : undefined))
  )

onEachStore("Tags", (newStore) => {
  const open = Effect.flatMap(newStore, (open) => open({ workflows, steps: [slow] }))

  live("of a start are those that it is found by, whatever becomes of it, and no part of which start it is", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      const tags = { region: "eu", customer: "c-17" }
      yield* client.start(tagged, { runId: "a", input: 1, tags })
      expect(yield* client.start(tagged, { runId: "a", input: 1, tags: { customer: "c-18" } })).toMatchObject({
        isNew: false
      })
      yield* client.start(tagged, { runId: "b", input: 1, tags: { customer: "c-17" } })
      yield* client.start(tagged, { runId: "c", input: 1 })
      yield* sooner(found(client, {}), ["a", "b", "c"])
      expect(yield* found(client, { tags: { customer: "c-17" } })).toEqual(["a", "b"])
      expect(yield* found(client, { tags: { customer: "c-17", region: "eu" } })).toEqual(["a"])
      expect(yield* found(client, { tags: { customer: "c-18" } })).toEqual([])
      expect((yield* client.get("a")).tags).toEqual(tags)
      expect("tags" in (yield* client.get("c"))).toBe(false)
      yield* client.signal("a", next, { end: "" })
      yield* client.wait(tagged, "a")
      yield* sooner(found(client, { tags: { customer: "c-17" }, status: "succeeded" }), ["a"])
      expect(yield* found(client, { tags: { customer: "c-17" }, status: "running" })).toEqual(["b"])
      const [run] = (yield* client.list({ status: "succeeded" })).runs
      expect(run?.tags).toEqual(tags)
      expect(JSON.stringify((yield* client.list({ tags: { region: "eu" } })).runs[0]?.tags)).toBe(
        '{"customer":"c-17","region":"eu"}'
      )
    })
  )

  live("of a child run are those that its parent gives it, and none of the parent's own", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      yield* client.start(parent, { runId: "p", input: 7, tags: { customer: "c-17" } })
      yield* client.start(parent, { runId: "q", input: 1, tags: { customer: "c-17" } })
      yield* sooner(found(client, { tags: { of: "seven" } }), ["p:child#0"])
      expect((yield* client.get("p:child#0")).tags).toEqual({ by: "parent", of: "seven" })
      yield* sooner(found(client, { workflow: "child" }), ["p:child#0", "q:child#0"])
      expect("tags" in (yield* client.get("q:child#0"))).toBe(false)
    })
  )

  live("are changed by the body, with the commit, and go over to the next generation", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      yield* client.start(tagged, { runId: "a", input: 1, tags: { customer: "c-17", phase: "new" } })
      const moves: ReadonlyArray<readonly [TagChanges, Record<string, string>]> = [
        [{ phase: "packing" }, { customer: "c-17", phase: "packing" }],
        [
          { phase: "new", by: "bea" },
          { by: "bea", customer: "c-17", phase: "new" }
        ],
        [
          { again: "", phase: "packing" },
          { by: "bea", customer: "c-17", phase: "packing" }
        ],
        [{ phase: null }, { by: "bea", customer: "c-17" }],
        [{ again: "" }, { by: "bea", customer: "c-17" }],
        [{ by: null, customer: null }, {}],
        [{ phase: "new" }, { phase: "new" }]
      ]
      for (const [change, expected] of moves) {
        yield* client.signal("a", next, change as Record<string, string | null>)
        yield* sooner(
          Effect.map(client.get("a"), ({ tags = {} }) => tags),
          expected
        )
        for (const phase of ["new", "packing"])
          yield* sooner(found(client, { tags: { phase } }), expected.phase === phase ? ["a"] : [])
        for (const [key, value] of [
          ["by", "bea"],
          ["customer", "c-17"],
          ["passes", "by"]
        ] as const)
          yield* sooner(found(client, { tags: { [key]: value } }), expected[key] === value ? ["a"] : [])
      }
      expect((yield* client.get("a")).generation).toBe(2)
    })
  )

  live("are not those of its children, and of a start that is wrong nothing is written", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      yield* client.start(parent, { runId: "p", input: 1, tags: { customer: "c-17" } })
      yield* sooner(
        Effect.map(client.list(), ({ runs }) => runs.length),
        2
      )
      expect(yield* found(client, { tags: { customer: "c-17" } })).toEqual(["p"])
      const many = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`key${n}`, "x"]))
      const wrong: ReadonlyArray<unknown> = [
        many,
        { "": "x" },
        { "a b": "x" },
        { ["k".repeat(65)]: "x" },
        { "dynactor.own": "x" },
        { customer: "" },
        { customer: 17 },
        { customer: null },
        { customer: "v".repeat(257) },
        { customer: "a\nb" },
        { customer: "\ud800" },
        ["customer"],
        "customer=c-17"
      ]
      for (const tags of wrong) {
        const refused = yield* Effect.flip(client.start(tagged, { runId: "w", input: 1, tags: tags as never }))
        expect(refused).toMatchObject({ _tag: "TagsInvalid" })
        expect(refused.message).toMatch(/tag/)
      }
      expect(yield* Effect.flip(client.get("w"))).toMatchObject({ _tag: "RunNotFound" })
      const most = { ...Object.fromEntries(Object.entries(many).slice(2)), key1: "v".repeat(256) }
      yield* client.start(tagged, { runId: "w", input: 1, tags: most })
      yield* sooner(found(client, { tags: { key9: "x", key1: "v".repeat(256) } }), ["w"])
    })
  )

  live("that no run can have are a defect of the body that sets them", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      for (const [runId, tags] of Object.entries({ one: { customer: 17 }, two: { "a b": "x" } })) {
        const died = yield* Effect.flip(client.execute(careless, { runId, input: tags, tags: { stays: "here" } }))
        expect(died).toMatchObject({ _tag: "RunDied" })
        expect(String(died.message)).toContain(runId === "one" ? "tag customer" : "a b")
        expect((yield* client.get(runId)).tags).toEqual({ stays: "here" })
      }
      expect(new TagsInvalid({ message: "" })._tag).toBe("TagsInvalid")
    })
  )
})
