import { compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { fails, flaky, replayHistory, succeeds, TestRuntime } from "dynactor/testing"
import { Context, Effect, Layer, Schema } from "effect"
import { describe, expect, it } from "vitest"

class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}
class Till extends Context.Service<Till, { readonly ring: (cents: number) => Effect.Effect<void> }>()("test/Till") {}

const charge = defineStep("charge", {
  input: Schema.Int,
  output: Schema.String,
  error: Declined,
  retry: { attempts: 3, initial: "1 hour", max: "1 day", nonRetryable: ["Declined"] },
  run: (cents) => Till.use((till) => Effect.as(till.ring(cents), `receipt over ${cents}`))
})
const refund = defineStep("refund", { input: Schema.String, output: Schema.Void, run: async () => {} })
const renewed = defineSignal("renewed", Schema.Struct({ by: Schema.String }))

const pass = defineWorkflow("pass", {
  input: Schema.Int,
  output: Schema.String,
  error: Declined,
  run: Effect.fn(function* (cents: number) {
    const receipt = yield* charge(cents).pipe(compensateWith(refund))
    yield* Effect.sleep("365 days")
    const { by } = yield* renewed.receive
    return `${receipt}, renewed by ${by}`
  })
})

const office = defineWorkflow("office", {
  input: Schema.Void,
  output: Schema.String,
  run: () => Effect.orDie(Effect.map(pass.child(5), (text) => `child: ${text}`))
})

describe("TestRuntime", () => {
  it("skips a year, hears a signal and ends", async () => {
    const runtime = new TestRuntime({ steps: { charge: succeeds((cents: number) => `receipt over ${cents}`) } })
    const run = await runtime.start(pass, { input: 100 })
    expect(run.waitsFor).toEqual(["timer 31536000000ms#0"])
    const before = performance.now()
    await runtime.advance("365 days")
    expect(performance.now() - before).toBeLessThan(100)
    expect(run.waitsFor).toEqual(["signal renewed"])
    await run.signal(renewed, { by: "Ada" })
    expect(run.outcome).toEqual({ tag: "succeeded", value: "receipt over 100, renewed by Ada" })
    expect(run.elapsedMs).toBe(365 * 86_400_000)
    expect(run.signals).toEqual([{ name: "renewed", payload: { by: "Ada" }, at: runtime.now }])
    expect(run.story).toContain("365d 0:00:00.000  signal renewed comes with")
  })

  it("does nothing before its time", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(pass, { input: 100 })
    await runtime.advance("364 days")
    await run.signal(renewed, { by: "Ada" })
    expect(run.outcome).toBeUndefined()
    await runtime.advance("1 day")
    expect(run.outcome?.tag).toBe("succeeded")
  })

  it("undoes what has succeeded when it is cancelled", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(pass, { input: 100 })
    await run.cancel("no longer wanted")
    expect(run.outcome).toEqual({ tag: "cancelled", reason: "no longer wanted" })
    expect(run.executed(refund)).toBe(true)
    expect(run.steps.map(({ key, outcome }) => [key, outcome])).toEqual([
      ["charge#0", "succeeded"],
      ["refund#0", "succeeded"]
    ])
  })

  it("gives errors their types, and retries by the step's policy in virtual time", async () => {
    const declined = await new TestRuntime({ steps: { charge: fails(new Declined({ message: "no" })) } }).start(pass, {
      input: 1
    })
    expect(declined.outcome).toEqual({ tag: "failed", error: new Declined({ message: "no" }) })
    let calls = 0
    const runtime = new TestRuntime({
      steps: {
        charge: async () => {
          if (++calls < 3) throw new Error("busy")
          return "at last"
        }
      }
    })
    const run = await runtime.start(pass, { input: 1 })
    expect(run.steps[0]).toMatchObject({ executions: 1, outcome: undefined })
    await runtime.advance("1 hour")
    expect(run.steps[0]).toMatchObject({ executions: 2, outcome: undefined })
    await runtime.advance("2 hours")
    expect(run.steps[0]).toMatchObject({ executions: 3, outcome: "succeeded", answer: "at last" })
  })

  it("runs the steps' own code on services and a world of the test", async () => {
    const world = { rung: [] as number[] }
    const till = Layer.succeed(Till, { ring: (cents) => Effect.sync(() => void world.rung.push(cents)) })
    const runtime = new TestRuntime({ steps: { charge }, services: till, world })
    const run = await runtime.start(pass, { input: 7 })
    expect(world.rung).toEqual([7])
    expect(run.world).toBe(world)
    expect(run.steps[0]?.answer).toBe("receipt over 7")
    const slip = new TestRuntime({ steps: { charge: succeeds(42) } }).start(pass, { input: 7 })
    await expect(slip).rejects.toThrow("output of step charge does not fit its schema")
  })

  it("runs child runs too", async () => {
    const runtime = new TestRuntime({ steps: { charge: flaky(0, "paid") } })
    const run = await runtime.start(office, { input: undefined, runId: "o" })
    const other = await runtime.start(pass, { input: 3 })
    await runtime.advance("365 days")
    expect(run.steps.map(({ runId, key }) => `${runId} ${key}`)).toEqual(["o:pass#0 charge#0"])
    expect(other.steps).toHaveLength(1)
    await run.cancel()
    expect(run.outcome).toMatchObject({ tag: "cancelled" })
    expect(run.executed("refund")).toBe(true)
    expect(other.executed("refund")).toBe(false)
  })

  it("refuses what does not fit, and a run id that is taken", async () => {
    const runtime = new TestRuntime()
    await expect(runtime.start(pass, { input: 0.5 })).rejects.toThrow(/input of workflow pass does not fit/)
    const run = await runtime.start(pass, { input: 1, runId: "a" })
    await expect(runtime.start(pass, { input: 1, runId: "a" })).rejects.toThrow("there is a run a already")
    await expect(run.signal(renewed, { by: 1 as never })).rejects.toThrow(/signal renewed does not fit/)
  })

  it("records a history that replays", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(pass, { input: 1 })
    expect(replayHistory(pass, run.recordHistory())).toEqual({
      runId: "run-1",
      workflow: "pass",
      messages: 2,
      outcome: "open"
    })
  })
})

describe("child runs in a TestRuntime", () => {
  const packed = defineSignal("packed", Schema.String)
  const pack = defineWorkflow("pack", {
    input: Schema.Struct({ order: Schema.String }),
    output: Schema.String,
    error: Declined,
    run: Effect.fn(function* ({ order }: { readonly order: string }) {
      const receipt = yield* charge(1).pipe(compensateWith(refund))
      yield* Effect.sleep("1 day")
      return `${order}: ${receipt}, packed by ${yield* packed.receive}`
    })
  })
  const parcel = defineWorkflow("parcel", {
    input: Schema.String,
    output: Schema.String,
    error: Declined,
    run: (order) => pack.child({ order })
  })
  const fulfil = defineWorkflow("fulfil", {
    input: Schema.Void,
    output: Schema.Array(Schema.String),
    run: () =>
      Effect.all([parcel.child("o-1"), parcel.child("o-2", { key: "gift" })], { concurrency: 2 }).pipe(Effect.orDie)
  })
  const open = async () => {
    const runtime = new TestRuntime({ steps: { charge: succeeds("receipt") } })
    return { runtime, run: await runtime.start(fulfil, { input: undefined, runId: "f" }) }
  }

  it("are found by their run id, or as the children of their parent", async () => {
    const { runtime, run } = await open()
    expect(run.children.map(({ runId, workflow, input }) => [runId, workflow, input])).toEqual([
      ["f:parcel#0", "parcel", "o-1"],
      ["f:parcel:gift", "parcel", "o-2"]
    ])
    const child = runtime.run("f:parcel#0:pack#0", pack)
    expect(child.input).toEqual({ order: "o-1" })
    expect(runtime.run("f:parcel#0").children).toEqual([child])
    expect(runtime.run("f")).toBe(run)
    expect(() => runtime.run("g")).toThrow(
      "there is no run g; those are f, f:parcel#0, f:parcel:gift, f:parcel#0:pack#0"
    )
    expect(() => runtime.run("f:parcel#0", pack)).toThrow("run f:parcel#0 is of workflow parcel, and not of pack")
    expect(() => new TestRuntime().run("f")).toThrow("there is no run f; those are nothing")
  })

  it("are looked at like any run, with what their own children did and nothing of their brothers'", async () => {
    const { runtime, run } = await open()
    const [first, gift] = run.children
    expect(first?.steps.map(({ runId, key, outcome }) => [runId, key, outcome])).toEqual([
      ["f:parcel#0:pack#0", "charge#0", "succeeded"]
    ])
    expect([run, gift].map((one) => one?.timesSucceeded("charge"))).toEqual([2, 1])
    expect([first?.waitsFor, first?.children[0]?.waitsFor]).toEqual([["child pack#0"], ["timer 86400000ms#0"]])
    await runtime.advance("1 day")
    expect(first?.children[0]?.waitsFor).toEqual(["signal packed"])
    expect(first?.story).toContain("parcel starts with")
    expect(first?.story).not.toContain("gift")
    expect(first?.children[0]?.recordHistory()).toMatchObject({ workflow: "pack", runId: "f:parcel#0:pack#0" })
  })

  it("are sent signals, several alike, and their parent goes on by it", async () => {
    const { runtime, run } = await open()
    await runtime.advance("1 day")
    await runtime.run("f:parcel#0:pack#0").signal(packed, "Ada")
    expect(runtime.run("f:parcel#0").outcome).toEqual({ tag: "succeeded", value: "o-1: receipt, packed by Ada" })
    expect(run.outcome).toBeUndefined()
    // Numbered on, whoever asks for the run: one of the same number would be one message.
    await runtime.run("f:parcel:gift:pack#0").signal(packed, "Bob")
    expect(run.outcome).toEqual({
      tag: "succeeded",
      value: ["o-1: receipt, packed by Ada", "o-2: receipt, packed by Bob"]
    })
  })

  it("are cancelled by themselves", async () => {
    const { runtime, run } = await open()
    const child = runtime.run("f:parcel#0:pack#0", pack)
    await child.cancel("no longer wanted")
    expect(child.outcome).toEqual({ tag: "cancelled", reason: "no longer wanted" })
    expect([child.executed(refund), runtime.run("f:parcel:gift").executed(refund)]).toEqual([true, true])
    expect(run.outcome).toMatchObject({ tag: "died", defect: { _tag: "ChildFailed" } })
  })
})

describe("flaky in a TestRuntime", () => {
  const chargeOnce = defineWorkflow("chargeOnce", {
    input: Schema.Int,
    output: Schema.String,
    error: Declined,
    run: (cents) => charge(cents)
  })

  it("fails always with 1, and by the step's own policy, in child runs too", async () => {
    const runtime = new TestRuntime({ steps: { charge: flaky(1) } })
    const run = await runtime.start(chargeOnce, { input: 1 })
    const parent = await runtime.start(office, { input: undefined })
    expect(run.steps[0]).toMatchObject({ executions: 1, outcome: undefined })
    await runtime.advance("1 day")
    expect(run.steps[0]).toMatchObject({ executions: 3, outcome: "died", answer: { attempts: 3, reason: "defect" } })
    expect(run.outcome).toMatchObject({ tag: "died", defect: { _tag: "StepFailed" } })
    expect(parent.outcome).toMatchObject({ tag: "died", defect: { _tag: "ChildFailed" } })
  })

  it("fails as often as it says, the same for the same seed", async () => {
    const failures = async (probability: number, seed?: number) => {
      const options = { steps: { charge: flaky(probability, "paid") }, ...(seed === undefined ? {} : { seed }) }
      const runtime = new TestRuntime(options)
      const firsts: Array<boolean> = []
      for (let cents = 0; cents < 200; cents++)
        firsts.push((await runtime.start(chargeOnce, { input: cents })).outcome === undefined)
      return firsts
    }
    const count = (firsts: ReadonlyArray<boolean>) => firsts.filter(Boolean).length
    const [some, again, others] = [await failures(0.3), await failures(0.3, 1), await failures(0.3, 2)]
    expect(again).toEqual(some)
    expect(others).not.toEqual(some)
    // Six standard deviations, and the seed is fixed.
    expect(Math.abs(count(some) - 60)).toBeLessThan(39)
    expect(count(await failures(0))).toBe(0)
  })
})
