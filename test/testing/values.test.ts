import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, outcomes, succeeds, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Redacted, Schema, SchemaGetter } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { samplesOf } from "../../src/testing/draws/samples.ts"

const takes = <In>(input: Schema.Codec<In, any>, bug: (value: In) => boolean) =>
  defineWorkflow("takes", {
    input,
    output: Schema.Void,
    run: (value) => (bug(value) ? Effect.die(new Error("the bug")) : Effect.void)
  })

const seeds = [1, 2, 3]

/** What is found, by seed: the failure, or undefined. */
const found = (check: (seed: number) => Promise<unknown>): Promise<ReadonlyArray<WorkflowCheckFailed | undefined>> =>
  Promise.all(
    seeds.map((seed) =>
      check(seed).then(
        () => undefined,
        (reason) => {
          if (!(reason instanceof WorkflowCheckFailed)) throw reason
          return reason
        }
      )
    )
  )

const noDeath = {
  atEnd: (run: { readonly outcome?: { readonly tag: string } | undefined }) => run.outcome?.tag !== "died"
}

describe("the values that a check tries", () => {
  it("include the ends of what a fast-check arbitrary may give", async () => {
    const workflow = takes(Schema.Int, (value) => value === 1_000)
    for (const failure of await found((seed) =>
      checkWorkflow(workflow, { ...noDeath, input: fc.nat(1_000), seed, schedules: 1_000 })
    ))
      expect(failure).toBeInstanceOf(WorkflowCheckFailed)
  })

  it("are other ones with another seed, as many as there are schedules", async () => {
    const seen = seeds.map(() => new Set<number>())
    for (const [index, seed] of seeds.entries()) {
      const workflow = takes(Schema.Int, (value) => {
        seen[index]?.add(value)
        return false
      })
      await checkWorkflow(workflow, { input: fc.integer(), seed, schedules: 300 })
    }
    const [a = new Set(), b = new Set()] = seen
    expect(a.size).toBeGreaterThan(150)
    expect([...b].filter((value) => !a.has(value)).length).toBeGreaterThan(150)
  })

  it("are large ones too where they are derived from a schema, and come out small", async () => {
    const Order = Schema.Struct({ cents: Schema.Int, tags: Schema.Array(Schema.String) })
    const workflow = takes(Order, ({ cents, tags }) => cents > 5_000 && tags.length >= 2)
    for (const failure of await found((seed) => checkWorkflow(workflow, { ...noDeath, seed, schedules: 1_000 })))
      expect(failure?.message).toContain('takes starts with {"cents":5001,"tags":["",""]}')
  })

  it("do not grow beyond measure where lists hold lists", async () => {
    const lengths: Array<number> = []
    const Deep = Schema.Array(Schema.Array(Schema.Array(Schema.Array(Schema.String))))
    const workflow = takes(Deep, (value) => {
      lengths.push(JSON.stringify(value).length)
      return false
    })
    await checkWorkflow(workflow, { schedules: 300 })
    expect(Math.max(...lengths)).toBeGreaterThan(200)
    expect(Math.max(...lengths)).toBeLessThan(20_000)
  })

  it("are derived of what iterates over itself or holds itself", async () => {
    class Refused extends Schema.TaggedError<Refused>()("Refused", { message: Schema.String }) {}
    const Odd = Schema.Struct({ option: Schema.Option(Schema.String), chunk: Schema.Chunk(Schema.Int) })
    const answer = defineStep("answer", { input: Odd, output: Odd, error: Refused, run: async (odd) => odd })
    const workflow = defineWorkflow("odd", { input: Odd, output: Odd, error: Refused, run: (odd) => answer(odd) })
    expect(await checkWorkflow(workflow, { schedules: 200 })).toMatchObject({ schedules: 200 })
  })

  it("are what their schema makes them, texts that are read as something else among them", async () => {
    const amount = Schema.String.pipe(
      Schema.decodeTo(Schema.Number, { decode: SchemaGetter.Number(), encode: SchemaGetter.String() })
    )
    const tags = Schema.String.pipe(
      Schema.decodeTo(Schema.Array(Schema.String.check(Schema.isPattern(/^[a-z]*$/))), {
        decode: SchemaGetter.transform((text: string) => text.split(",")),
        encode: SchemaGetter.transform((items: ReadonlyArray<string>) => items.join(","))
      })
    )
    const bugs = [
      takes(Schema.Uint8Array, ({ length }) => length % 3 === 1),
      takes(Schema.Struct({ price: Schema.NumberFromString }), ({ price }) => price < 0),
      takes(Schema.Struct({ amount }), (value) => value.amount < 0 && value.amount % 1 !== 0),
      takes(Schema.Struct({ tags }), (value) => value.tags.length >= 2)
    ]
    for (const workflow of bugs)
      for (const failure of await found((seed) => checkWorkflow(workflow as never, { ...noDeath, seed } as never)))
        expect(failure).toBeInstanceOf(WorkflowCheckFailed)
  })

  it("have punctuation where a schema names it, and within instances", async () => {
    class Ordered extends Schema.Class<Ordered>("Ordered")({ id: Schema.String }) {}
    const reference = Schema.Union([Schema.Literal("*any*"), Schema.String])
    const bugs = [
      takes(Ordered, ({ id }) => /[^A-Za-z0-9 ]/.test(id)),
      takes(Schema.Option(Schema.String), (option) => option._tag === "Some" && /[^A-Za-z0-9 ]/.test(option.value)),
      takes(
        Schema.Struct({ kind: Schema.Literals(["a-b", "c-d"]), reference }),
        (value) => value.reference === "*any*"
      ),
      takes(Schema.Redacted(Schema.NumberFromString), (value) => Redacted.value(value) < 0)
    ]
    for (const workflow of bugs)
      for (const failure of await found((seed) => checkWorkflow(workflow as never, { ...noDeath, seed } as never)))
        expect(failure).toBeInstanceOf(WorkflowCheckFailed)
  })

  it("of a signal and of the input are the same now and then", async () => {
    const Who = Schema.Struct({ by: Schema.String })
    const approved = defineSignal("approved", Who)
    const workflow = defineWorkflow("fourEyes", {
      input: Who,
      output: Schema.Void,
      run: Effect.fn(function* ({ by }: typeof Who.Type) {
        const approver = yield* approved.receive
        if (approver.by === by && by.length > 1) return yield* Effect.die(new Error("the bug"))
      })
    })
    for (const failure of await found((seed) => checkWorkflow(workflow, { ...noDeath, seed, schedules: 1_000 })))
      expect(failure).toBeInstanceOf(WorkflowCheckFailed)
  })

  it("come of randomness whose clone draws the same, and disturbs nothing: fast-check's chain shrinks by it", () => {
    const draws = (random: { clone: () => typeof random; nextInt: () => number }) => {
      const first = random.nextInt()
      const copy = random.clone()
      return [
        [first, random.nextInt(), random.nextInt()],
        [first, copy.nextInt(), copy.nextInt()]
      ] as const
    }
    const source = {
      generate: (random: any) => ({ value: draws(random), context: undefined }),
      shrink: () => [],
      canShrinkWithoutContext: () => false
    }
    const [original, copied] = samplesOf<ReturnType<typeof draws>>(source, "", "")(5).value
    expect(copied).toEqual(original)
    expect(new Set(original).size).toBe(3)
  })

  it("leave a stand-in of many outcomes its last ones", async () => {
    const count = 12
    const times = new Map<number, number>()
    const draw = defineStep("draw", { input: Schema.Void, output: Schema.Int, run: async () => 0 })
    const workflow = defineWorkflow("draws", {
      input: Schema.Void,
      output: Schema.Int,
      run: () => Effect.tap(draw(), (value) => Effect.sync(() => times.set(value, (times.get(value) ?? 0) + 1)))
    })
    const all = Array.from({ length: count }, (_, index) => succeeds(index))
    await checkWorkflow(workflow, { steps: { draw: outcomes(...all) }, schedules: 2_000 })
    const share = (from: number, to: number) =>
      [...times].filter(([value]) => value >= from && value < to).reduce((sum, [, seen]) => sum + seen, 0) / (to - from)
    expect(share(8, count)).toBeGreaterThan(share(1, 8) * 0.6)
  })

  it("are all of an enumeration's, in a signal and in a step's answer", { timeout: 60_000 }, async () => {
    const codes = Array.from({ length: 27 }, (_, index) => `code-${index}`)
    const Code = Schema.Literals(codes)
    const asked = defineSignal("asked", Code)
    const look = defineStep("look", { input: Schema.Void, output: Code, run: async () => "code-0" })
    const seen = { signal: new Set<string>(), step: new Set<string>() }
    const workflow = defineWorkflow("collects", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        seen.signal.add(yield* asked.receive)
        seen.step.add(yield* look())
      })
    })
    await checkWorkflow(workflow, { schedules: 500 })
    expect(seen.signal.size).toBe(27)
    expect(seen.step.size).toBe(27)
  })
})
