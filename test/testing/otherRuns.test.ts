import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineSignal, defineWorkflow, Run } from "../../src/index.ts"
import { checkWorkflow, TestRuntime } from "../../src/testing.ts"

const told = defineSignal("told", Schema.Number)
const go = defineSignal("go", Schema.Void)

const child = defineWorkflow("child", {
  input: Schema.Number,
  output: Schema.Number,
  run: Effect.fn(function* (n) {
    const { parentRunId } = yield* Run
    yield* told.send(parentRunId ?? "nobody", n)
    yield* go.receive
    return n * 2
  })
})

const parent = defineWorkflow("parent", {
  input: Schema.Literals(["cancel", "abandon", "wait"]),
  output: Schema.Number,
  run: Effect.fn(function* (whenParentEnds) {
    yield* child.start(4, { whenParentEnds })
    return yield* told.receive
  })
})

const waiter = defineWorkflow("waiter", {
  input: Schema.String,
  output: Schema.String,
  run: (runId) =>
    child.await(runId).pipe(
      Effect.map(String),
      Effect.catch((error) => Effect.succeed(error._tag))
    )
})

describe("runs in virtual time", () => {
  it("come to the end that their parent's policy says", async () => {
    const ends = async (whenParentEnds: "cancel" | "abandon" | "wait") => {
      const runtime = new TestRuntime()
      const run = await runtime.start(parent, { input: whenParentEnds })
      const [one] = run.children
      const before = [run.outcome?.tag, one?.outcome?.tag]
      await one?.signal(go, undefined)
      return [...before, run.outcome?.tag, one?.outcome?.tag]
    }
    expect(await ends("cancel")).toEqual(["succeeded", "cancelled", "succeeded", "cancelled"])
    expect(await ends("abandon")).toEqual(["succeeded", undefined, "succeeded", "succeeded"])
    expect(await ends("wait")).toEqual([undefined, undefined, "succeeded", "succeeded"])
  })

  it("wait for each other, and say for whom", async () => {
    const runtime = new TestRuntime()
    const early = await runtime.start(waiter, { input: "late" })
    expect(early.outcome).toMatchObject({ value: "RunNotFound" })
    const late = await runtime.start(child, { runId: "late", input: 1 })
    const waits = await runtime.start(waiter, { input: "late" })
    expect(waits.waitsFor).toEqual(["run late"])
    expect(waits.waitingFor).toEqual([{ kind: "run", workflow: "child", runId: "late" }])
    const other = await runtime.start(waiter, { input: waits.runId })
    expect(other.outcome).toMatchObject({ value: "RunOfOtherWorkflow" })
    await late.signal(go, undefined)
    expect(waits.outcome).toMatchObject({ value: "2" })
    const after = await runtime.start(waiter, { input: "late" })
    expect(after.outcome).toMatchObject({ value: "2" })
    const gone = await runtime.start(child, { runId: "gone", input: 1 })
    const told = await runtime.start(waiter, { input: "gone" })
    await gone.cancel()
    expect(told.outcome).toMatchObject({ value: "RunCancelled" })
  })

  it.each(["cancel", "abandon", "wait"] as const)("with children that are to %s survive anything", async (input) => {
    const report = await checkWorkflow(parent, { schedules: 60, input })
    expect(Object.keys(report.outcomes)).toContain("succeeded")
  })
})
