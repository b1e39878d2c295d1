import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { describe, expect, it } from "vitest"
import { approved, archive, layOut, print, schoolPages, yearbook } from "../../examples/composite/yearbook.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const steps = { layOut, print }
const schools = ["Ash", "Beech", "Cedar", "Dogwood", "Elm"].map((name, index) => ({ name, pupils: index * 20 }))

describe("a yearbook", () => {
  it("is made of its schools, three at a time, in whatever order they are through", async () => {
    const runtime = new TestRuntime({ steps })
    const run = await runtime.start(yearbook, { input: schools, runId: "yearbook-1" })
    const school = (name: string) => runtime.run(`yearbook-1:schoolPages:${name}`, schoolPages)
    // Ash has no photos, and is over at once.
    expect(run.children.map(({ runId }) => runId)).toEqual(
      ["Ash", "Beech", "Cedar", "Dogwood"].map((name) => `yearbook-1:schoolPages:${name}`)
    )
    await school("Dogwood").signal(approved, undefined)
    await school("Elm").signal(approved, undefined)
    await runtime.advance("14 days")
    expect(run.outcome).toEqual({
      tag: "succeeded",
      value: {
        printed: "4 schools on 18 pages",
        order: ["Dogwood", "Elm", "Beech", "Cedar"],
        missing: ["Ash"]
      }
    })
    await keepHistory("composite", run)
    await keepHistory("composite.child", school("Dogwood"))
    const kept = runtime.run("yearbook-1:archive#0", archive)
    expect(kept.outcome).toBeUndefined()
    await runtime.advance("365 days")
    expect(kept.outcome).toMatchObject({ tag: "succeeded" })
  })

  it("that is cancelled cancels its schools", async () => {
    const runtime = new TestRuntime({ steps })
    const run = await runtime.start(yearbook, { input: schools, runId: "yearbook-2" })
    await run.cancel("no paper")
    expect(run.outcome).toEqual({ tag: "cancelled", reason: "no paper" })
    const ends = run.children.map(({ outcome }) => outcome?.tag)
    expect(ends).toEqual(["failed", "cancelled", "cancelled", "cancelled"])
    await keepHistory("composite.cancelled", run)
  })

  it("survives anything", async () => {
    const report = await checkWorkflow(yearbook, { schedules: 60, input: schools.slice(0, 3), steps })
    expect(Object.keys(report.outcomes)).toEqual(expect.arrayContaining(["succeeded", "cancelled"]))
  })
})
