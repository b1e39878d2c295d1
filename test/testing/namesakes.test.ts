import { defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, succeeds, TestRuntime, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"

const text = { input: Schema.String, output: Schema.String }
const charge = defineStep("charge", { ...text, run: async (order) => order })
const other = defineStep("charge", { ...text, run: async () => "" })
const sale = (name: string, run: (order: string) => Effect.Effect<string, never, any>) =>
  defineWorkflow(name, { ...text, run: run as (order: string) => Effect.Effect<string> })

const sell = sale("sell", (order) => charge(order))
const sellBoth = sale("sellBoth", (order) => Effect.andThen(charge(order), other(order)))
const anotherSell = sale("sell", (order) => Effect.succeed(order))
const office = sale("office", (order) => Effect.andThen(sell.child(order), anotherSell.child(order)).pipe(Effect.orDie))

const failureOf = async (check: () => Promise<unknown>): Promise<WorkflowCheckFailed> => {
  const error = await check().catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw new Error("nothing was found", { cause: error })
}

const twoSteps =
  /two definitions of step charge:\n +one with the code async \(order\) => order,\n +one with the code async \(\) => "".\n/

describe("checkWorkflow tells that one name stands for two definitions", () => {
  it("where the workflow calls both", async () => {
    const { kind, message, plan, schedule } = await failureOf(() => checkWorkflow(sellBoth))
    expect({ kind, plan, schedule }).toEqual({ kind: "namesake", plan: [], schedule: 1 })
    expect(message).toContain("workflow sellBoth: one name stands for two definitions")
    expect(message).toMatch(twoSteps)
    expect(message).toContain("call the one that is registered, or give one of them another name")
  })

  it("where the code that is to run is that of a namesake", async () => {
    const { kind, message } = await failureOf(() => checkWorkflow(sell, { steps: { charge: other } }))
    expect(kind).toBe("namesake")
    expect(message).toMatch(twoSteps)
  })

  it("where it is a child run's workflow", async () => {
    const { message } = await failureOf(() => checkWorkflow(office))
    expect(message).toMatch(/There are two definitions of workflow sell, version 1:\n +one with the code/)
  })

  it("and of a step that each run defines anew, which no host can register", async () => {
    const anew = sale("anew", (order) => defineStep("anew", { ...text, run: async () => "" })(order))
    expect((await failureOf(() => checkWorkflow(anew))).kind).toBe("namesake")
  })

  it("not of a step of another name that stands in, nor of the step itself", async () => {
    const standIn = defineStep("standIn", { ...text, run: async () => "stood in" })
    for (const step of [charge, standIn, succeeds("x")])
      await checkWorkflow(sell, { steps: { charge: step }, schedules: 20 })
  })
})

describe("a TestRuntime refuses it", () => {
  it("whatever it is", async () => {
    await expect(new TestRuntime().start(sellBoth, { input: "o" })).rejects.toThrow(twoSteps)
    await expect(new TestRuntime({ steps: { charge: other } }).start(sell, { input: "o" })).rejects.toThrow(twoSteps)
    const runtime = new TestRuntime()
    await runtime.start(sell, { input: "o" })
    await expect(runtime.start(anotherSell, { input: "o" })).rejects.toThrow("two definitions of workflow sell")
  })
})
