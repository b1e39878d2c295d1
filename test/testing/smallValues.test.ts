import { isDeepStrictEqual } from "node:util"
import { defineSignal, defineStep, defineWorkflow, type Workflow } from "dynactor"
import { type CheckOptions, checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

/** The stories of one bug, found by three seeds: the workflow answers with true where it has it. */
const stories = <In, Err>(
  workflow: Workflow<string, In, boolean, Err>,
  options: Omit<CheckOptions<In, boolean, Err, undefined, never>, "atEnd"> = {}
): Promise<ReadonlyArray<string>> =>
  Promise.all(
    [1, 2, 3].map((seed) =>
      checkWorkflow(workflow, {
        ...options,
        atEnd: ({ outcome }) => outcome?.tag !== "succeeded" || outcome.value === false,
        seed,
        schedules: 2_000
      }).then(
        () => "nothing was found",
        (reason) => {
          if (!(reason instanceof WorkflowCheckFailed)) throw reason
          return reason.message
        }
      )
    )
  )

const Order = Schema.Struct({ cents: Schema.Int, tags: Schema.Array(Schema.String), note: Schema.String })
type Order = typeof Order.Type
const isLarge = ({ cents, tags }: Order) => cents > 150 && tags.length >= 2
const smallest = '{"cents":151,"tags":["",""],"note":""}'

const ordered = defineSignal("ordered", Order)
class Refused extends Schema.TaggedError<Refused>()("Refused", { order: Order }) {}
const look = defineStep("look", { input: Schema.Void, output: Order, error: Refused, run: async () => ({}) as Order })

const expectEqualNotes = (story: string) => {
  const found = [...story.matchAll(/ with \{"cents":0,"tags":\[\],"note":"(\w\w)"\}/g)]
  expect(found).toHaveLength(2)
  expect(found[0]?.[1]).toBe(found[1]?.[1])
}

const asks = { input: Schema.Void, output: Schema.Boolean }
const waits = defineWorkflow("waits", { ...asks, run: () => Effect.map(ordered.receive, isLarge) })

describe("what a failure is told with", () => {
  it("is a signal's value that is no larger than it takes", async () => {
    for (const story of await stories(waits)) {
      expect(story).toContain(`signal ordered comes with ${smallest}`)
      expect(story).toContain("it takes no fault at all")
    }
  })

  it("is a step's answer that is no larger than it takes", async () => {
    const workflow = defineWorkflow("looks", { ...asks, error: Refused, run: () => Effect.map(look(), isLarge) })
    for (const story of await stories(workflow)) expect(story).toContain(`step look#0 succeeds with ${smallest}`)
  })

  it("is a step's error that is no larger than it takes, and to be read, though it is an instance of a class", async () => {
    const workflow = defineWorkflow("isRefused", {
      ...asks,
      run: () =>
        Effect.match(look(), {
          onSuccess: () => false,
          onFailure: (error) => error._tag === "Refused" && error.order.note.length > 3
        })
    })
    for (const story of await stories(workflow)) {
      expect(story).toMatch(/"order":\{"cents":0,"tags":\[\],"note":"\w{4}"\}/)
      expect(story).toMatch(/takes (all|1): error look#0\.\n/)
    }
  })

  it("is a text as long as it takes", async () => {
    const said = defineSignal("said", Schema.String)
    const workflow = defineWorkflow("hears", {
      ...asks,
      run: () => Effect.map(said.receive, ({ length }) => length > 20)
    })
    for (const story of await stories(workflow)) expect(story).toMatch(/said comes with "\w{21}"/)
  })

  it("are two signals that are the same, small together", async () => {
    const workflow = defineWorkflow("hearsTwice", {
      ...asks,
      run: () =>
        Effect.zipWith(ordered.receive, ordered.receive, (a, b) => isDeepStrictEqual(a, b) && a.note.length > 1)
    })
    for (const story of await stories(workflow)) expectEqualNotes(story)
  })

  it("are an input and a signal that are the same, small together", async () => {
    const workflow = defineWorkflow("compares", {
      input: Order,
      output: Schema.Boolean,
      run: ({ note }: Order) => Effect.map(ordered.receive, (order) => note === order.note && note.length > 1)
    })
    for (const story of await stories(workflow)) expectEqualNotes(story)
  })

  it("is small by fast-check's own measure where that makes the values, and simple where they do not matter", async () => {
    const workflow = defineWorkflow("hearsTwice", {
      ...asks,
      run: () => Effect.zipWith(ordered.receive, ordered.receive, (_, second) => isLarge(second))
    })
    const made = fc.record({ cents: fc.nat(10_000), tags: fc.array(fc.string()), note: fc.string() })
    for (const story of await stories(workflow, { signals: { ordered: made } })) {
      expect(story).toContain('ordered comes with {"cents":0,"tags":[],"note":""}')
      expect(story).toContain(`ordered comes with ${smallest}`)
    }
  })

  it("is readable and small beside what is not to be touched: a date, a literal, a bigint", async () => {
    const Dated = Schema.Struct({
      at: Schema.Date,
      method: Schema.Literals(["card-or-cash", "by-invoice"]),
      count: Schema.BigInt,
      note: Schema.String
    })
    const workflow = defineWorkflow("counts", {
      input: Dated,
      output: Schema.Boolean,
      run: ({ note, count }) => Effect.succeed(note.length > 2 && count > 99n)
    })
    for (const story of await stories(workflow))
      expect(story).toMatch(/"method":"(card-or-cash|by-invoice)","count":"\d{3}","note":"\w{3}"/)
  })

  it("is small in each of its values, though the first would take all tries", async () => {
    const Note = Schema.Struct({ note: Schema.String, cents: Schema.Int })
    const said = defineSignal("said", Note)
    const workflow = defineWorkflow("counts", {
      input: Schema.Array(Note),
      output: Schema.Boolean,
      run: () => Effect.map(said.receive, ({ note, cents }) => note.length > 3 && cents > 7)
    })
    const line = fc.record({ note: fc.string({ minLength: 1 }), cents: fc.integer({ min: 1 }) })
    const input = fc.array(line, { minLength: 90, maxLength: 100 })
    for (const story of await stories(workflow, { input }))
      expect(story).toMatch(/said comes with \{"note":"\w{4}","cents":8\}/)
  })

  it("is small where nothing special was chosen, too", async () => {
    const bounded = defineSignal("bounded", Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 100_000 })))
    const workflow = defineWorkflow("hears", {
      ...asks,
      run: () => Effect.map(bounded.receive, (value) => value > 100)
    })
    for (const story of await stories(workflow)) expect(story).toContain("bounded comes with 101")
  })

  it("is small where a field that is left out comes back by itself", async () => {
    const workflow = defineWorkflow("defaults", {
      input: Schema.Struct({
        note: Schema.String,
        count: Schema.Int.pipe(Schema.withDecodingDefault(Effect.succeed(10)))
      }),
      output: Schema.Boolean,
      run: ({ note, count }) => Effect.succeed(note.length > 2 && count > 3)
    })
    for (const story of await stories(workflow)) expect(story).toMatch(/starts with \{"note":"\w{3}","count":4\}/)
  })

  it("has no signal that it does not take: the others keep their values without it", async () => {
    const signals = ["a", "b", "c", "d"].map((name) =>
      defineSignal(name, Schema.Struct({ tags: Schema.Array(Schema.String), goesOn: Schema.Boolean }))
    )
    const workflow = defineWorkflow("sums", {
      ...asks,
      run: Effect.fn(function* () {
        let count = 0
        for (const { receive } of signals) {
          const { tags, goesOn } = yield* receive
          count += tags.length
          if (!goesOn) return false
        }
        return count > 9
      })
    })
    for (const story of await stories(workflow)) expect(story).toContain("it takes no fault at all")
  })

  it("is what a step is executed twice with, as well", async () => {
    const charge = defineStep("charge", { input: Order, output: Schema.Void, run: async () => {} })
    const workflow = defineWorkflow("charges", {
      input: Schema.Void,
      output: Schema.Void,
      run: () => Effect.flatMap(ordered.receive, (order) => charge(order))
    })
    for (const seed of [1, 2, 3]) {
      const failure = await checkWorkflow(workflow, {
        seed,
        world: () => ({ charged: [] as Array<string> }),
        steps: {
          charge: (order: Order, _, { charged }: { charged: Array<string> }) => {
            const isTwice = order.cents > 5 && order.tags.length >= 2
            if (isTwice || !charged.includes("once")) charged.push(isTwice ? "again" : "once")
          }
        }
      }).catch((reason) => reason)
      expect(failure).toMatchObject({ kind: "doubleEffect", plan: expect.arrayContaining(["crash charge#0/1"]) })
      expect(failure.message).toContain('ordered comes with {"cents":6,"tags":["",""],"note":""}')
      expect(failure.message).toContain('The world without that:  {"charged":["again"]}')
      expect(failure.message).toContain('The world with it:       {"charged":["again","again"]}')
    }
  })

  it("is a small number, however large it may be", async () => {
    const paid = defineSignal("paid", Schema.Struct({ amount: Schema.Finite, tags: Schema.Array(Schema.String) }))
    const workflow = defineWorkflow("pays", {
      ...asks,
      run: () => Effect.map(paid.receive, ({ amount, tags }) => amount > 1_000 && tags.length > 2)
    })
    for (const story of await stories(workflow))
      expect(story).toContain('paid comes with {"amount":1001,"tags":["","",""]}')
  })

  it("is no fault that it does not take, though its input is large and stays so", async () => {
    class Full extends Schema.TaggedError<Full>()("Full", {}) {}
    const book = defineStep("book", { input: Schema.Int, output: Schema.Void, error: Full, run: async () => {} })
    const over = defineSignal("over", Schema.Void)
    const workflow = defineWorkflow("books", {
      input: Schema.Uint8Array,
      output: Schema.Boolean,
      run: Effect.fn(function* () {
        let full = 0
        for (let day = 0; day < 8; day++) yield* Effect.catch(book(day), () => Effect.sync(() => full++))
        yield* over.receive
        return full >= 2
      })
    })
    for (const story of await stories(workflow, { input: new Uint8Array(20_000), schedules: 300 }))
      expect(story).toMatch(/it takes (all|2): error book#\d; error book#\d\.\n/)
  })
})
