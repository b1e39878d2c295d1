import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { replay } from "../../src/actor/turn.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { Bench } from "./bench.ts"

// Ten changes of one workflow, each put under runs that stand at each of its points: told apart, or proven harmless by taking the run
// to its end with the new code. The table of docs/guide/changing-code.md says the same.

const run = () => Effect.die("the core runs no step")
const step = <Name extends string>(name: Name) => defineStep(name, { input: Schema.Any, output: Schema.Any, run })
const check = step("check")
const pack = step("pack")
const wrap = step("wrap")
const print = step("print")
const ship = step("ship")
const tell = step("tell")

const define = (body: (order: any) => Effect.Effect<unknown, never, any>, input: Schema.Codec<any, any> = Schema.Any) =>
  defineWorkflow("order", { input, output: Schema.Any, run: (order) => body(order) })

const labels = (concurrency: number) => Effect.forEach(["a", "b", "c"], (item) => print(item), { concurrency })

const original = define(
  Effect.fn(function* (order) {
    const parcel = yield* pack(order)
    yield* Effect.sleep("7 days")
    yield* labels(2)
    return yield* ship(parcel)
  })
)

/** Where a run can stand, and what happens next to it. */
const points = ["packing", "sleeping", "printing two", "printing the last", "shipping"] as const
type Point = (typeof points)[number]

const order = { id: "o-1", items: 3 }

const answers: Readonly<Record<string, unknown>> = {
  pack: { parcel: 1 },
  print: "printed",
  ship: "shipped",
  tell: "told",
  check: "fine"
}

/** Answers what is open, in the order in which it was asked for, until the run is over or stands at the point. */
const goOn = (bench: Bench, until = (_open: ReadonlyArray<string>) => false) => {
  for (;;) {
    const open = bench.actor.waiting.commands.map(({ key }) => key)
    const [next] = open
    if (next === undefined || bench.actor.outcome !== undefined || until(open)) return bench
    if (next.includes("ms#")) bench.timer(next)
    else bench.step(next, (answers[next.split("#")[0] as string] ?? null) as never)
  }
}

const standsAt: Readonly<Record<Point, (open: ReadonlyArray<string>) => boolean>> = {
  packing: (open) => open.includes("pack#0"),
  sleeping: (open) => open.some((key) => key.includes("ms#")),
  "printing two": (open) => open.includes("print#1"),
  "printing the last": (open) => open.join() === "print#2",
  shipping: (open) => open.includes("ship#0")
}

const runAt = (point: Point, workflow: AnyWorkflow = original): Bench => {
  const bench = new Bench(workflow)
  bench.start(order)
  return goOn(bench, standsAt[point])
}

/** What the run is parked with, or how it ends with the new code. */
const under = (changed: AnyWorkflow, point: Point, of: AnyWorkflow = original) => {
  const bench = runAt(point, of)
  const { parkReason } = bench.rebuilt({ workflow: changed })
  if (parkReason !== undefined) return parkReason.message
  return goOn(bench.deployed(changed)).outcome
}

const shipped = { tag: "succeeded", value: "shipped" }

interface Change {
  readonly name: string
  readonly changed: AnyWorkflow
  /** At each point: the beginning of what is told, or the end that the run comes to. */
  readonly comesTo: Readonly<Record<Point, RegExp | object>>
}

const at = String.raw`, at \S+tenChanges\.test\.ts:\d+:\d+`
const notAsked = (recorded: string, instead: string) =>
  new RegExp(`^its history has ${recorded}, which this code does not ask for at this point; it waits for ${instead}`)

const everywhere = (what: RegExp | object) =>
  Object.fromEntries(points.map((point) => [point, what])) as Record<Point, RegExp | object>

const changes: ReadonlyArray<Change> = [
  {
    name: "a step renamed",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* wrap(order)
        yield* Effect.sleep("7 days")
        yield* labels(2)
        return yield* ship(parcel)
      })
    ),
    comesTo: everywhere(notAsked("step pack#0", `step wrap#0 with {"id":"o-1","items":3}${at}`))
  },
  {
    name: "two reordered",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        yield* labels(2)
        yield* Effect.sleep("7 days")
        return yield* ship(parcel)
      })
    ),
    comesTo: {
      ...everywhere(notAsked(String.raw`a sleep of 7 days \(timer 604800000ms#0\)`, `step print#0 with "a"${at}`)),
      packing: shipped
    }
  },
  {
    name: "a step inserted before",
    changed: define(
      Effect.fn(function* (order) {
        yield* check(order)
        const parcel = yield* pack(order)
        yield* Effect.sleep("7 days")
        yield* labels(2)
        return yield* ship(parcel)
      })
    ),
    comesTo: everywhere(notAsked("step pack#0", `step check#0 with .+${at}`))
  },
  {
    name: "a step inserted after",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        yield* Effect.sleep("7 days")
        yield* labels(2)
        const end = yield* ship(parcel)
        yield* tell(end)
        return end
      })
    ),
    comesTo: everywhere(shipped)
  },
  {
    name: "a step removed",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        yield* Effect.sleep("7 days")
        return yield* ship(parcel)
      })
    ),
    comesTo: {
      ...everywhere(notAsked("step print#0", `step ship#0 with {"parcel":1}${at}`)),
      packing: shipped,
      sleeping: shipped
    }
  },
  {
    name: "another input",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack({ ...order, gift: true })
        yield* Effect.sleep("7 days")
        yield* labels(2)
        return yield* ship(parcel)
      })
    ),
    comesTo: everywhere(
      new RegExp(
        `^step pack#0 had another input before \\(fingerprint \\S+\\); now it is asked for with {"id":"o-1","items":3,"gift":true}${at} \\(fingerprint`
      )
    )
  },
  {
    name: "a new branch",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        if (order.items > 2) yield* check(order)
        yield* Effect.sleep("7 days")
        yield* labels(2)
        return yield* ship(parcel)
      })
    ),
    comesTo: {
      ...everywhere(notAsked(String.raw`a sleep of 7 days \(timer 604800000ms#0\)`, `step check#0 with .+${at}`)),
      packing: shipped
    }
  },
  {
    name: "another sleep",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        yield* Effect.sleep("8 days")
        yield* labels(2)
        return yield* ship(parcel)
      })
    ),
    comesTo: {
      ...everywhere(
        notAsked(
          String.raw`a sleep of 7 days \(timer 604800000ms#0\)`,
          String.raw`a sleep of 8 days \(timer 691200000ms#0\)${at}`
        )
      ),
      packing: shipped
    }
  },
  {
    name: "another concurrency",
    changed: define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        yield* Effect.sleep("7 days")
        yield* labels(3)
        return yield* ship(parcel)
      })
    ),
    comesTo: {
      packing: shipped,
      sleeping: shipped,
      "printing two": new RegExp(
        `^this code asks for step print#2 with "c"${at}, which its history does not have at this point`
      ),
      "printing the last": shipped,
      shipping: shipped
    }
  }
]

describe.each(changes)("$name", ({ changed, comesTo }) => {
  it.each(points)("of a run that stands at %s", (point) => {
    const end = under(changed, point)
    const told = comesTo[point]
    if (told instanceof RegExp) expect(end).toMatch(told)
    else expect(end).toEqual(told)
    if (typeof end === "string") {
      expect(end).toMatch(
        /\. A run under way must meet what it met before\. Put that back, or .+ docs\/guide\/changing-code\.md$/
      )
      expect(end.length).toBeLessThan(1_000)
    }
  })

  it("loses nothing: put back, the code goes on with the run", () => {
    for (const point of points) {
      const bench = runAt(point)
      bench.rebuilt({ workflow: changed })
      expect(goOn(bench.deployed(original)).outcome).toEqual(shipped)
    }
  })
})

describe("a new branch that this run does not take", () => {
  it("is harmless", () => {
    const changed = define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        if (order.items > 1_000) yield* check(order)
        yield* Effect.sleep("7 days")
        yield* labels(2)
        return yield* ship(parcel)
      })
    )
    for (const point of points) expect(under(changed, point)).toEqual(shipped)
  })
})

describe("another sleep, of a run that has passed it by the time of another message", () => {
  const short = (sleep: string) =>
    define(
      Effect.fn(function* (order) {
        const [parcel] = yield* Effect.all([pack(order), Effect.sleep(sleep as "1 second")], { concurrency: 2 })
        return yield* ship(parcel)
      })
    )

  it("is harmless: it has left no trace", () => {
    const bench = new Bench(short("1 milli"))
    bench.start(order)
    // A second later.
    bench.deliver({ ...bench.stepMessage("pack#0", answers.pack as never), at: 3_000 })
    expect(bench.actor.order).toEqual(["start", "step/pack#0"])
    expect(goOn(bench.deployed(short("2 millis"))).outcome).toEqual(shipped)
  })
})

describe("another concurrency, lower than that with which a run was answered", () => {
  it("is told where answers came out of order, and harmless where they did not", () => {
    const lower = define(
      Effect.fn(function* (order) {
        const parcel = yield* pack(order)
        yield* Effect.sleep("7 days")
        yield* labels(1)
        return yield* ship(parcel)
      })
    )
    expect(under(lower, "shipping")).toEqual(shipped)
    const bench = runAt("printing two")
    bench.step("print#1", "printed")
    expect(bench.rebuilt({ workflow: lower }).parkReason?.message).toMatch(
      new RegExp(
        `^its history has step print#1, which this code does not ask for at this point; it waits for step print#0 with "a"${at}`
      )
    )
  })
})

describe("a schema that grew", () => {
  const Order = Schema.Struct({ id: Schema.String, items: Schema.Int })
  const Parcel = Schema.Struct({ parcel: Schema.Int })
  const bodyOf = (packing: typeof pack) =>
    Effect.fn(function* (order: unknown) {
      const parcel = yield* packing(order)
      yield* Effect.sleep("7 days")
      yield* labels(2)
      return yield* ship(parcel)
    })
  const typed = (orders: Schema.Codec<any, any>, parcels: Schema.Codec<any, any>) =>
    define(bodyOf(defineStep("pack", { input: orders, output: parcels, run })), orders)
  const before = typed(Order, Parcel)

  it.each([
    ["a field that may be missing", Schema.optionalKey(Schema.String)],
    [
      "a field with a default where it is missing",
      Schema.String.pipe(Schema.withDecodingDefaultKey(Effect.succeed("none")))
    ]
  ] as const)("by %s, in what was answered, is harmless", (_, field) => {
    const grown = typed(
      Order,
      Schema.Struct({ ...Parcel.fields, carrier: field } as any) as unknown as Schema.Codec<any, any>
    )
    for (const point of ["packing", "sleeping", "shipping"] as const) {
      const message = under(grown, point, before)
      // What a default adds to an answer goes into the inputs of what was asked for with it: that is another input.
      if (typeof message === "string") {
        expect([point, message]).toEqual(["shipping", expect.stringMatching(/^step ship#0 had another input before/)])
        expect(_).toContain("default")
      } else expect(message).toEqual(shipped)
    }
  })

  it("by a field that may be missing, in what is asked for, is harmless", () => {
    const grown = typed(Schema.Struct({ ...Order.fields, note: Schema.optionalKey(Schema.String) }), Parcel)
    for (const point of points) expect(under(grown, point, before)).toEqual(shipped)
  })

  it("by a field that must be there is told with the row that lacks it, where that is read", () => {
    const grown = typed(Order, Schema.Struct({ ...Parcel.fields, carrier: Schema.String }))
    const { parkReason } = runAt("sleeping", before).rebuilt({ workflow: grown })
    expect(parkReason).toMatchObject({ _tag: "PayloadUnreadable", row: "step/pack#0" })
    expect(parkReason?.message).toMatch(/the answer of step pack#0 does not decode: .*carrier/)
    const input = typed(Schema.Struct({ ...Order.fields, note: Schema.String }), Parcel)
    expect(runAt("packing", before).rebuilt({ workflow: input }).parkReason?.message).toMatch(
      /the input of workflow order does not decode: .*note/
    )
  })
})

describe("what is told", () => {
  it("shows nothing that its schema marks as a secret", () => {
    const Card = Schema.Struct({ number: Schema.Redacted(Schema.String), cents: Schema.Int })
    const pay = defineStep("pay", { input: Card, output: Schema.Any, run })
    const paying = (cents: number) => define(() => pay({ number: Redacted.make("4111-1111"), cents }))
    const bench = new Bench(paying(100))
    bench.start(order)
    const { parkReason } = bench.rebuilt({ workflow: paying(120) })
    expect(parkReason?.message).toContain('{"number":<redacted>,"cents":120}')
    expect(JSON.stringify(parkReason)).not.toContain("4111")
  })

  it("says of a sleep of the same length how much later it is to end", () => {
    const late = (first: string) =>
      define(() => Effect.andThen(Effect.sleep(first as "1 second"), Effect.sleep("2 days")))
    const bench = new Bench(late("3 seconds"))
    bench.start(order)
    bench.timer("3000ms#0")
    const history = {
      ...bench.last.history,
      open: bench.last.history.open.map((one) => ({ ...one, fingerprint: "4000" }))
    }
    const { parkReason } = replay({ workflow: late("3 seconds"), runId: "run-1" }, history, bench.inbox)
    expect(parkReason?.message).toMatch(
      /^a sleep of 2 days \(timer 172800000ms#0\) is to end 2 days later than before, defined at /
    )
  })

  it("cuts what is long", () => {
    const bench = new Bench(define(() => pack("x".repeat(5_000))))
    bench.start(order)
    const { parkReason } = bench.rebuilt({ workflow: define(() => pack("y".repeat(5_000))) })
    expect(parkReason?.message).toContain(`"${"y".repeat(199)}...`)
    expect(parkReason?.message.length).toBeLessThan(1_000)
  })

  it("says of what came after the end that it did", () => {
    const bench = runAt("shipping")
    const { parkReason } = bench.rebuilt({ workflow: define(() => Effect.succeed("at once")) })
    expect(parkReason?.message).toMatch(
      /^its history has step pack#0, which this code does not ask for at this point; it ends there: succeeded\. A run/
    )
  })
})

it("the guide has a row for each of the ten", () => {
  const page = readFileSync("docs/guide/changing-code.md", "utf8")
  const rows = [...page.matchAll(/^\| \d+ \| ([^|]+) \|/gm)].map(([, name]) => name)
  expect(rows).toEqual([...changes.map(({ name }) => name), "a schema that grew"])
})
