import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { type CheckOptions, checkWorkflow, flaky, TestRuntime, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"

const text = { input: Schema.String, output: Schema.String, run: async (input: string) => input }
const charge = defineStep("charge", text)
const ship = defineStep("ship", text)
const quick = defineStep("quick", { ...text, inline: true })
const go = defineSignal("go", Schema.String)
const sell = defineWorkflow("sell", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (input: string) {
    yield* charge(input)
    yield* go.receive
    return yield* ship(input)
  })
})

const refusal = async (check: () => Promise<unknown>): Promise<Error> => {
  const error = await check().catch((reason: unknown) => reason)
  if (error instanceof Error) return error
  throw new Error("nothing was refused")
}

describe("slips of the test", () => {
  const refused: ReadonlyArray<readonly [what: string, options: object, says: string]> = [
    ["an option that does not exist", { compensation: {} }, 'no option "compensation"; those are input, steps'],
    ["a world that is none of each schedule's own", { world: {} }, "world: [object Object] is no function"],
    ["steps as one value", { steps: "charge" }, "steps: charge is no record by name"],
    ["a fact that is no condition", { facts: { sold: true } }, "facts.sold: true is no function"],
    [
      "half a compensation",
      { compensations: { charge: undefined } },
      "compensations.charge: undefined is neither a step"
    ],
    ["a number of schedules that is none", { schedules: "many" }, "schedules: many is no whole number of 1 or more"]
  ]

  it.each(refused)("%s", async (_, options, says) => {
    expect((await refusal(() => checkWorkflow(sell, options))).message).toContain(says)
  })

  it("what is no workflow, and options of a TestRuntime", async () => {
    const says = /the first argument is no workflow/
    await expect(checkWorkflow(charge as never)).rejects.toThrow(says)
    await expect(new TestRuntime().start(undefined as never, { input: "" })).rejects.toThrow(says)
    expect(() => new TestRuntime({ stpes: {} } as never)).toThrow('TestRuntime has no option "stpes"')
  })

  it("names in properties that mean nothing, of which nothing is ever true", async () => {
    const asking = (always: NonNullable<CheckOptions<string, string, never, undefined, never>["always"]>) =>
      refusal(() => checkWorkflow(sell, { schedules: 100, always }))
    expect((await asking((run) => !run.succeeded("chrage"))).message).toContain(
      '"chrage" is no step that the workflow has asked for; those are charge, ship.'
    )
    expect((await asking((run) => !run.received("og"))).message).toContain('"og" is no signal')
    expect((await asking((run) => run.neverBoth("soldd", "charge"))).message).toContain('"soldd" is neither')
    await checkWorkflow(sell, { schedules: 100, always: (run) => !run.executed(quick) })
  })

  it("and says so with a property that fails because of one", async () => {
    const error = await refusal(() => checkWorkflow(sell, { atEnd: (run) => run.cancelled || run.succeeded("shipp") }))
    expect(error).toBeInstanceOf(WorkflowCheckFailed)
    expect(error.message).toContain('"shipp" is no step')
  })

  it("a world that keeps to itself what is done to it", async () => {
    class Bank {
      #cents = 0
      charge() {
        this.#cents += 100
      }
      get cents() {
        return this.#cents
      }
    }
    const options = {
      world: () => new Bank(),
      steps: {
        charge: async (input: string, _: unknown, bank: Bank) => {
          bank.charge()
          return input
        }
      }
    }
    const error = await refusal(() => checkWorkflow(sell, options))
    expect(error.message).toMatch(/of the world, a Bank, nothing can be compared.*option effects/)
    const found = await refusal(() => checkWorkflow(sell, { ...options, effects: (bank) => bank.cents }))
    expect(found).toMatchObject({ kind: "doubleEffect" })
  })
})

describe("a property may ask by name for a step that no run has come to yet", () => {
  it("in checkWorkflow", async () => {
    const report = await checkWorkflow(sell, {
      schedules: 100,
      always: (run) => run.onlyAfter("ship", "charge") && run.neverBoth("ship", run.steps.length === 0)
    })
    expect(report.schedules).toBe(100)
  })

  it("in a TestRuntime", async () => {
    const run = await new TestRuntime().start(sell, { input: "x" })
    expect([run.happened("charge"), run.happened("ship")]).toEqual([true, false])
  })
})

describe("loops in which no time passes", () => {
  const round = (name: string, body: Effect.Effect<unknown, never, any>) =>
    defineWorkflow(name, { input: Schema.Void, output: Schema.Void, run: () => Effect.forever(body) })

  it("of inline steps", { timeout: 60_000 }, async () => {
    const inline = round("inline", quick("x"))
    const error = await refusal(() => checkWorkflow(inline))
    expect(error).toMatchObject({ kind: "parked" })
    expect(error.message).toMatch(/The run is parked: one message set off more than 5000 inline steps/)
    const run = await new TestRuntime().start(inline, { input: undefined })
    expect(run.parked).toMatch(/more than 5000 inline steps/)
  })

  it("of steps, in a TestRuntime, where steps take no time", { timeout: 60_000 }, async () => {
    await expect(new TestRuntime().start(round("steps", charge("x")), { input: undefined })).rejects.toThrow(
      /10000 turns and steps, the last of run run-1, and no time has passed: an endless loop\?/
    )
  })
})

describe("a step that is out of order, with more attempts than anyone waits for", () => {
  const patient = { ...text, retry: { attempts: 1e9, initial: 0, max: 0 } }
  const stubborn = defineStep("stubborn", patient)
  const inline = defineStep("inline", { ...patient, inline: true })
  const asking = (step: typeof stubborn | typeof inline) =>
    defineWorkflow("asking", { input: Schema.Void, output: Schema.String, run: () => step("x") })
  const steps = { stubborn: flaky(1), inline: flaky(1) }

  it("is waited for in a check, to no end", async () => {
    const { outcomes, waitedFor } = await checkWorkflow(asking(stubborn), {
      steps: { stubborn: flaky(1) },
      schedules: 3,
      maxTurns: 20
    })
    expect([outcomes.waiting, waitedFor]).toEqual([
      3 - (outcomes.cancelled ?? 0),
      { "step stubborn#0": outcomes.waiting }
    ])
    await expect(checkWorkflow(asking(inline), { steps: { inline: flaky(1) } })).rejects.toThrow(
      "step inline is inline and has failed 5000 times in one turn"
    )
  })

  it("is told by a TestRuntime", async () => {
    const runtime = new TestRuntime({ steps })
    await expect(runtime.start(asking(stubborn), { input: undefined })).rejects.toThrow(/10000 turns and steps/)
    await expect(new TestRuntime({ steps }).start(asking(inline), { input: undefined })).rejects.toThrow(/5000 times/)
  })
})

it("tries each fault on a second input too: of an empty basket nothing can go wrong", async () => {
  const basket = defineWorkflow("basket", {
    input: Schema.Array(Schema.String),
    output: Schema.Void,
    run: (items) => Effect.forEach(items, (item) => charge(item), { discard: true })
  })
  const error = await refusal(() =>
    checkWorkflow(basket, {
      world: () => ({ charges: 0 }),
      steps: {
        charge: (input: string, _, world) => {
          world.charges++
          return input
        }
      }
    })
  )
  expect(error).toMatchObject({ kind: "doubleEffect" })
  // Of the first half, in which nothing is left to chance; the first input has no fault to offer.
  expect((error as WorkflowCheckFailed).schedule).toBeLessThan(10)
  expect((error as WorkflowCheckFailed).message).toContain("it takes all: crash charge#0/1.")
})
