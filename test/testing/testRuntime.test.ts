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
