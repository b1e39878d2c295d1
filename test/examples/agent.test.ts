import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { describe, expect, it } from "vitest"
import { type Reply, scriptedModel } from "../../examples/agent/model.ts"
import {
  approval,
  askModel,
  askPerson,
  bookFlight,
  doings,
  planTrip,
  said,
  searchFlights
} from "../../examples/agent/planTrip.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const script: ReadonlyArray<Reply> = [
  {
    text: "Let me look at both cities.",
    calls: [
      { id: "c-1", tool: "searchFlights", argument: "Oslo" },
      { id: "c-2", tool: "searchFlights", argument: "Bergen" }
    ],
    costCents: 2
  },
  { text: "Bergen it is.", calls: [{ id: "c-3", tool: "bookFlight", argument: "Bergen 14:30" }], costCents: 3 },
  { text: "All is booked. Have a good trip!", calls: [], costCents: 1 }
]

const steps = { askModel, askPerson, searchFlights, bookFlight }
const input = { task: "Take me to the sea.", budgetCents: 100 }

const start = async (runId: string, options: { readonly busyAfter?: number; readonly budgetCents?: number } = {}) => {
  const { budgetCents = 100, ...model } = options
  const runtime = new TestRuntime({ steps, services: scriptedModel(script, model) })
  const run = await runtime.start(planTrip, { runId, input: { ...input, budgetCents } })
  return { runtime, run, token: () => run.callbacks[0]?.token ?? "" }
}

describe("agent, in virtual time", () => {
  it("asks, uses tools, waits for a person, and tells all of it as it goes on", async () => {
    const { run, runtime, token } = await start("agent-1")
    expect(run.emitted(said).join(" ")).toBe("Let me look at both cities. Bergen it is.")
    expect(run.waitsFor).toEqual(["callback approval#0", "timer 3600000ms#0"])
    await runtime.advance("30 minutes")
    await runtime.completeCallback(token(), { by: "Ada", yes: true }, { as: approval })
    expect(run.outcome).toEqual({
      tag: "succeeded",
      value: { answer: "All is booked. Have a good trip!", spentCents: 6 }
    })
    expect(run.emitted(said).join(" ")).toBe(script.map(({ text }) => text).join(" "))
    expect(run.emitted(doings).map(({ what }) => what)).toEqual([
      "searchFlights Oslo",
      "searchFlights Bergen",
      "bookFlight Bergen 14:30",
      "Ada says yes"
    ])
    await keepHistory("agent", run)
  })

  it("takes a silent hour for a no, and tells the model", async () => {
    const { run, runtime } = await start("agent-2")
    await runtime.advance("1 hour")
    expect(run.outcome).toMatchObject({ tag: "succeeded" })
    expect(run.steps.filter(({ name }) => name === "bookFlight")).toEqual([])
    expect(run.emitted(doings).at(-1)).toEqual({ what: "nobody says no", call: "c-3" })
    await keepHistory("agent.silent", run)
  })

  it("says nothing twice when the model breaks off", async () => {
    const { run, runtime, token } = await start("agent-3", { busyAfter: 3 })
    expect(run.emitted(said).join(" ")).toBe("Let me look")
    await runtime.advance("1 minute")
    expect(run.emitted(said).join(" ")).toBe("Let me look at both cities. Bergen it is.")
    await runtime.completeCallback(token(), { by: "Ada", yes: false }, { as: approval })
    expect(run.outcome).toMatchObject({ tag: "succeeded" })
  })

  it("stops when its budget is spent", async () => {
    const { run, runtime, token } = await start("agent-4", { budgetCents: 5 })
    await runtime.completeCallback(token(), { by: "Ada", yes: true }, { as: approval })
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "BudgetSpent", spentCents: 5 } })
    await keepHistory("agent.budget", run)
  })

  it("survives anything, and books no flight that nobody has approved", async () => {
    const report = await checkWorkflow(planTrip, {
      steps,
      services: () => scriptedModel(script),
      input,
      schedules: 200,
      always: (run) => {
        const yes = run.emitted(doings).some(({ what }) => what.endsWith("says yes"))
        return yes || !run.succeeded("bookFlight")
      }
    })
    expect(report.outcomes.succeeded).toBeGreaterThan(0)
  })
})
