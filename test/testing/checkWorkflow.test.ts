import { compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import {
  type CheckOptions,
  checkWorkflow,
  fails,
  flaky,
  outcomes,
  succeeds,
  WorkflowCheckFailed
} from "dynactor/testing"
import { Arbitrary, Effect, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fulfilOrder } from "../../examples/orders/fulfilOrder.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"

const Order = Schema.Struct({ id: Schema.String, cents: Schema.Int })
type Order = typeof Order.Type
class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}

const charge = defineStep("charge", {
  input: Order,
  output: Schema.String,
  error: Declined,
  run: async () => "receipt"
})
const refund = defineStep("refund", { input: Schema.String, output: Schema.Void, run: async () => {} })
const ship = defineStep("ship", { input: Order, output: Schema.Void, run: async () => {} })
const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

const sell = defineWorkflow("sell", {
  input: Order,
  output: Schema.String,
  error: Declined,
  run: Effect.fn(function* (order: Order) {
    const receipt = yield* charge(order).pipe(compensateWith(refund))
    const answer = yield* approved.receive.pipe(Effect.timeoutOption("3 days"))
    if (answer._tag === "None") return yield* new Declined({ message: "nobody approved" })
    yield* ship(order)
    return receipt
  })
})

/** A workflow of one expression, with nothing to give and nothing to take. */
const only = (name: string, run: () => Effect.Effect<unknown, never, any>) =>
  defineWorkflow(name, { input: Schema.Void, output: Schema.Void, run: () => Effect.asVoid(run()) })

const failureOf = async (workflow: AnyWorkflow, options: CheckOptions<any, any, any, any, any> = {}) => {
  const error = await checkWorkflow(workflow, options).then(
    () => undefined,
    (reason) => reason
  )
  if (!(error instanceof WorkflowCheckFailed)) throw error ?? new Error("nothing was found")
  return error
}

describe("checkWorkflow", () => {
  it("takes an ordinary workflow through 1,000 schedules in less than 10 seconds", { timeout: 60_000 }, async () => {
    const before = process.cpuUsage()
    const report = await checkWorkflow(fulfilOrder, {
      compensations: { chargeCard: "refundCard", reserveStock: "releaseStock" },
      always: (run) => run.neverBoth(run.cancelled, run.succeeded("sendTracking") && !run.executed("refundCard"))
    })
    expect(report).toMatchObject({ workflow: "fulfilOrder", seed: 1, schedules: 1_000 })
    expect(report.turns).toBeGreaterThan(5_000)
    expect(report.faults).toBeGreaterThan(1_000)
    expect(Object.keys(report.outcomes).sort()).toEqual(["cancelled", "died", "failed", "succeeded"])
    // By the processor's clock: the machine may have other things to do.
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(10)
  })

  it("does the same for the same seed", async () => {
    const tries = await Promise.all([1, 1, 2].map((seed) => checkWorkflow(sell, { schedules: 100, seed })))
    const [a, b, c] = tries.map(({ tookMs: _, ...report }) => report)
    expect(a).toEqual(b)
    expect(a?.turns).not.toBe(c?.turns)
  })

  it("takes inputs from fast-check, from a schema, from an Effect Arbitrary, or one value", async () => {
    const seen = new Set<number>()
    const looking = (input: CheckOptions<Order, string, Declined, undefined, never>["input"] & {}) =>
      checkWorkflow(sell, { input, schedules: 60, always: (run) => void seen.add(run.input.cents) })
    await looking(fc.record({ id: fc.string(), cents: fc.integer({ min: 1_000, max: 2_000 }) }))
    expect([...seen].every((cents) => cents >= 1_000 && cents <= 2_000)).toBe(true)
    expect(seen.size).toBeGreaterThan(5)
    seen.clear()
    await looking(Order)
    await looking(Arbitrary.schema(Order))
    expect(seen.size).toBeGreaterThan(3)
    seen.clear()
    await looking({ id: "o-1", cents: 7 })
    expect([...seen]).toEqual([7])
  })

  it("says which field no value can be made for, and by which option to give one", async () => {
    const Place = Schema.Struct({ at: Schema.Struct({ where: Schema.declare((u): u is URL => u instanceof URL) }) })
    const workflow = defineWorkflow("w", { input: Place as never, output: Schema.Void, run: () => Effect.void })
    await expect(checkWorkflow(workflow)).rejects.toThrow(/the input of workflow w: .*"at".*"where".*option input/s)
  })

  it("makes use of stand-ins", async () => {
    const answers = new Set<unknown>()
    const report = await checkWorkflow(sell, {
      schedules: 200,
      steps: {
        charge: outcomes("first", "second", new Declined({ message: "no" }), flaky(0.9, "flaky")),
        ship: succeeds(undefined)
      },
      always: (run) =>
        run.steps
          .filter(({ name }) => name === "charge")
          .forEach(({ answer }) => void answers.add(answer?.message ?? answer))
    })
    expect(report.outcomes.failed).toBeGreaterThan(0)
    for (const answer of ["first", "second", "no", "flaky"]) expect([...answers].join()).toContain(answer)
    const always = await checkWorkflow(sell, {
      schedules: 20,
      steps: { charge: fails(new Declined({ message: "no" })) }
    })
    expect(Object.keys(always.outcomes)).not.toContain("succeeded")
  })

  it("has steps that are out of order for good in every schedule, the first and the smallest among them", async () => {
    const { outcomes: ends } = await checkWorkflow(sell, { steps: { charge: flaky(1) } })
    expect(ends).toEqual({ died: 1_000 })
    const { schedule, message, plan } = await failureOf(sell, {
      steps: { charge: flaky(1) },
      atEnd: (run) => run.outcome?.tag !== "died"
    })
    expect([schedule, plan]).toEqual([1, []])
    expect(message).toContain("step charge#0 fails and is to be tried again (Error: out of order for a moment)")
    expect(message).toContain("it takes no fault at all")
  })

  it("begins with a flaky step's first attempt that fails, and with all of them", async () => {
    // So seldom that none is drawn: those that there are have been put there, for each of two inputs.
    const options = { schedules: 50, steps: { charge: outcomes(flaky(1e-12), "receipt") } }
    const { faultsByKind } = await checkWorkflow(sell, options)
    expect(faultsByKind.attempt).toBe(2 * (1 + charge.retry.attempts))
    const never = await checkWorkflow(sell, { ...options, steps: { charge: flaky(0) } })
    expect(never.faultsByKind.attempt).toBeUndefined()
  })

  it("gives signals what the option says", async () => {
    const by = new Set<string>()
    await checkWorkflow(sell, {
      schedules: 50,
      signals: { approved: fc.record({ by: fc.constantFrom("Ada", "Bob") }) },
      always: (run) => run.signals.forEach(({ payload }) => void by.add(payload.by))
    })
    expect([...by].sort()).toEqual(["Ada", "Bob"])
  })

  it("knows facts by name, and says which property was violated", async () => {
    const options = {
      facts: {
        charged: (run: { succeeded: (step: string) => boolean }) => run.succeeded("charge"),
        "cancelled without refund": (run: { cancelled: boolean; executed: (step: string) => boolean }) =>
          run.cancelled && !run.executed("refund")
      }
    }
    await checkWorkflow(sell, {
      ...options,
      schedules: 200,
      always: (run) => run.neverBoth("charged", "cancelled without refund")
    })
    const { kind, message, plan } = await failureOf(sell, {
      ...options,
      always: (run) => run.neverBoth("charged", run.cancelled)
    })
    expect(kind).toBe("property")
    expect(message).toContain("always: both at once: charged, and a condition.")
    expect(plan).toEqual(["cancel before turn 2"])
    await expect(checkWorkflow(sell, { always: (run) => run.happened("chargd") })).rejects.toThrow(
      /"chargd" is neither/
    )
  })

  it("refuses names that the workflow does not know", async () => {
    const steps = { chrage: succeeds("receipt") }
    await expect(checkWorkflow(sell, { schedules: 100, steps })).rejects.toThrow(
      "steps.chrage: in no schedule did the workflow ask for that; it asks for charge, refund, ship"
    )
    await expect(checkWorkflow(sell, { schedules: 100, compensations: { chrage: refund } })).rejects.toThrow(
      /compensations/
    )
  })

  it("takes child runs along", async () => {
    const office = defineWorkflow("office", {
      input: Schema.Array(Order),
      output: Schema.Array(Schema.String),
      error: Declined,
      run: (orders) => Effect.forEach(orders, (order) => sell.child(order), { concurrency: 2 })
    })
    const report = await checkWorkflow(office, {
      schedules: 200,
      compensations: { charge: "refund" },
      input: fc.array(fc.record({ id: fc.string(), cents: fc.nat() }), { minLength: 1, maxLength: 3 })
    })
    expect(Object.keys(report.outcomes).sort()).toEqual(["cancelled", "died", "failed", "succeeded"])
  })

  it("takes a wide fan-out in its stride", async () => {
    const wide = only("wide", () =>
      Effect.forEach(Array.from({ length: 150 }), () => ship({ id: "o", cents: 1 }), { concurrency: "unbounded" }).pipe(
        Effect.catchCause(() => Effect.void)
      )
    )
    const report = await checkWorkflow(wide, { schedules: 20 })
    expect(report.turns).toBeGreaterThan(400)
    expect(report.tookMs).toBeLessThan(20_000)
  })

  it("carries the error of an assertion", async () => {
    const error = await failureOf(sell, { atEnd: (run) => expect(run.timesSucceeded(charge)).toBe(1) })
    expect(error.kind).toBe("property")
    expect(error.message).toContain("expected +0 to be 1")
    expect(error.plan).toHaveLength(1)
  })

  it("shrinks input and plan: what it tells is not more than it takes", async () => {
    const { plan, message } = await failureOf(sell, {
      input: fc.record({ id: fc.string(), cents: fc.nat(10_000) }),
      atEnd: (run) => !(run.input.cents > 123 && run.outcome?.tag === "failed" && run.succeeded(charge))
    })
    expect(plan).toHaveLength(1)
    expect(message).toContain('sell starts with {"id":"","cents":124}')
  })
})

// Taken hold of when the module is loaded: inside of a run, the globals themselves answer with the run's own.
const heldClock = performance.now
const HeldDate = Date
const heldRandom = Math.random

describe("what it finds", () => {
  let module: string | undefined
  const note = defineStep("note", { input: Schema.String, output: Schema.Void, run: async () => {} })
  const text = defineWorkflow("text", {
    input: Schema.String,
    output: Schema.Void,
    run: Effect.fn(function* (input: string) {
      module = input
      yield* Effect.sleep("1 second")
      yield* note(module as string)
    })
  })
  const leaks: ReadonlyArray<readonly [what: string, read: () => string, says: RegExp]> = [
    [
      "environment variables",
      () => process.env.DYNACTOR_NO_SUCH_VARIABLE ?? "unset",
      /process\.env\.DYNACTOR_NO_SUCH_VARIABLE, at test/
    ],
    ["the locale", () => (1234.5).toLocaleString(), /toLocaleString\(\) without a locale, at test/],
    ["the locale of Intl", () => new Intl.NumberFormat().format(1234.5), /Intl\.NumberFormat without a locale/],
    [
      "the order of a locale",
      () => ["z", "t"].sort((a, b) => a.localeCompare(b)).join(),
      /localeCompare\(\) without a locale/
    ],
    [
      "the order of Intl",
      () => ["ä", "z", "a"].sort(new Intl.Collator().compare).join(),
      /Intl\.Collator without a locale/
    ],
    ["the plurals of Intl", () => new Intl.PluralRules().select(2), /Intl\.PluralRules without a locale/],
    ["a held Date", () => new HeldDate().toISOString(), /new Date\(\), at test/],
    ["held randomness", () => String(heldRandom()), /Math\.random\(\), at test/],
    ["the time zone", () => String(new Date(0).getHours()), /the time zone is another/],
    ["the day by the time zone", () => new Date(0).toDateString(), /the time zone is another/],
    ["performance.now", () => String(heldClock()), /performance\.now\(\), at test/]
  ]

  it.each(leaks)("%s in workflow code", async (_, read, says) => {
    const { kind, message, plan } = await failureOf(only("leaky", () => Effect.suspend(() => note(read()))))
    expect(kind).toBe("nondeterminism")
    expect(message).toMatch(says)
    expect(plan).toEqual([])
  })

  it("a variable that runs share", async () => {
    const { kind, message } = await failureOf(text)
    expect(kind).toBe("nondeterminism")
    expect(message).toMatch(/another run of the workflow goes on in between/)
    expect(message).toMatch(/ {4}recorded: ".*"\n {4}now: {6}".+"\n/)
  })

  it("a variable that outlives a run", async () => {
    let runs = 0
    const { message } = await failureOf(only("counting", () => Effect.suspend(() => note(String(++runs)))))
    expect(message).toMatch(/differs with nothing changed at all/)
  })

  it("nothing in a workflow that formats dates with a locale and a zone", async () => {
    const format = () => new Date().toLocaleString("en-GB", { timeZone: "Europe/Berlin" }) + Math.random()
    await checkWorkflow(
      only("sound", () => Effect.suspend(() => note(format()))),
      { schedules: 50 }
    )
  })

  it("leaves dates what they are", () => {
    const date = new Date(0)
    expect([date instanceof Date, date.constructor === Date, Date.name, typeof Date()]).toEqual([
      true,
      true,
      "Date",
      "string"
    ])
  })

  it("a promise in workflow code", async () => {
    const { kind, message } = await failureOf(only("awaits", () => Effect.promise(async () => 1)))
    expect(kind).toBe("parked")
    expect(message).toMatch(/DeterminismViolation/)
  })

  it("a run that does not end, unless it is meant not to", async () => {
    const forever = only("forever", () => Effect.forever(Effect.sleep("1 day")))
    const { kind, message } = await failureOf(forever)
    expect(kind).toBe("endless")
    expect(message).toMatch(/has not ended after 500 turns/)
    await checkWorkflow(forever, { endless: true, schedules: 3, maxTurns: 20 })
    const report = await checkWorkflow(
      only("waits", () => Effect.sleep("Infinity")),
      { schedules: 20 }
    )
    expect(report.waitedFor).toEqual({ "a cancellation": report.outcomes.waiting })
  })

  it("a defect of the workflow's own, unless it may die of it", async () => {
    const dies = only("dies", () => Effect.sync(() => (undefined as never as { x: number }).x))
    const { kind, message } = await failureOf(dies)
    expect(kind).toBe("defect")
    expect(message).toMatch(/TypeError: Cannot read properties of undefined/)
    await checkWorkflow(dies, { mayDie: true, schedules: 3 })
  })

  it("compensations out of order", async () => {
    const undo = (name: string) => defineStep(name, { input: Schema.Void, output: Schema.Void, run: async () => {} })
    const [a, b, unA, unB] = [undo("a"), undo("b"), undo("unA"), undo("unB")] as const
    const wrong = only("wrong", () =>
      Effect.gen(function* () {
        yield* a(undefined)
        yield* b(undefined)
        yield* Effect.sleep("1 day")
      }).pipe(Effect.onInterrupt(() => Effect.ignore(Effect.andThen(unA(undefined), unB(undefined)))))
    )
    const { kind, message } = await failureOf(wrong, {
      compensations: { a: unA, b: "unB" },
      steps: { a: succeeds(undefined), b: succeeds(undefined) }
    })
    expect(kind).toBe("compensation")
    expect(message).toMatch(/is missing|do not run in reverse/)
  })

  it("steps that take effect twice, and not those that look first", async () => {
    interface World {
      readonly charges: Map<string, number>
      total: number
    }
    const world = (): World => ({ charges: new Map(), total: 0 })
    const careless = async (order: Order, _: unknown, world: World) => {
      world.total += order.cents
      return "receipt"
    }
    const careful = async (order: Order, { idempotencyKey }: { idempotencyKey: string }, world: World) => {
      if (!world.charges.has(idempotencyKey)) world.total += order.cents
      world.charges.set(idempotencyKey, order.cents)
      return "receipt"
    }
    const input = { id: "o", cents: 100 }
    const { kind, message, plan } = await failureOf(sell, { input, world, steps: { charge: careless } })
    expect(kind).toBe("doubleEffect")
    expect(message).toContain('"total":200')
    expect(plan).toEqual(["crash charge#0/1"])
    await checkWorkflow(sell, { input, world, steps: { charge: careful }, schedules: 200 })
    const random = (_: Order, __: unknown, world: World) => {
      world.charges.set(crypto.randomUUID(), 1)
      return "receipt"
    }
    await expect(checkWorkflow(sell, { input, world, steps: { charge: random } })).rejects.toThrow(
      /another world each time/
    )
  })
})
