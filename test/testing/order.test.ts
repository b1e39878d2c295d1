import { defineSignal, defineWorkflow } from "dynactor"
import { checkWorkflow, TestRuntime, WorkflowCheckFailed } from "dynactor/testing"
import { Clock, Effect, Schema } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Passage } from "../../src/actor/runtime/passage.ts"

const approved = defineSignal("approved", Schema.Number)
const hourMs = 3_600_000

const approval = defineWorkflow("approval", {
  input: Schema.Void,
  output: Schema.Struct({ verdict: Schema.String, afterMs: Schema.Number }),
  run: () =>
    Effect.gen(function* () {
      const from = yield* Clock.currentTimeMillis
      const answer = Effect.as(approved.receive, "approved")
      const verdict = yield* Effect.raceFirst(answer, Effect.as(Effect.sleep(hourMs), "too late"))
      return { verdict, afterMs: (yield* Clock.currentTimeMillis) - from }
    })
})

const check = (seen: Set<string> = new Set()) =>
  checkWorkflow(approval, {
    seed: 1,
    schedules: 200,
    atEnd: ({ outcome }) => {
      if (outcome?.tag !== "succeeded") return true
      seen.add(outcome.value.verdict)
      // A timer that is late says so: it fires when what let it has come.
      return outcome.value.verdict === "too late" ? outcome.value.afterMs >= hourMs : outcome.value.afterMs < hourMs
    }
  })

afterEach(() => {
  vi.restoreAllMocks()
})

describe("a deadline", () => {
  it("holds in all schedules, those as well in which its timer is late and the signal comes first", async () => {
    const seen = new Set<string>()
    await check(seen)
    expect([...seen].sort()).toEqual(["approved", "too late"])
  })

  it("would not, if timers waited for their rows: checkWorkflow draws what tells", async () => {
    const passage = Passage.prototype as any
    const passTime = passage.passTime
    vi.spyOn(passage, "passTime").mockImplementation(function* (this: any, time: any, own: any, live: any) {
      if (own === undefined) this.clock.advanceTo(time)
      else yield* passTime.call(this, time, own, live)
    })
    await expect(check()).rejects.toBeInstanceOf(WorkflowCheckFailed)
  })

  it("holds in a TestRuntime, to the millisecond", async () => {
    const runtime = new TestRuntime({})
    const late = await runtime.start(approval, { input: undefined })
    const inTime = await runtime.start(approval, { input: undefined })
    await runtime.advance(hourMs - 1)
    await inTime.signal(approved, 1)
    await runtime.advance(1)
    await late.signal(approved, 1)
    expect(inTime.outcome).toMatchObject({ value: { verdict: "approved", afterMs: hourMs - 1 } })
    expect(late.outcome).toMatchObject({ value: { verdict: "too late", afterMs: hourMs } })
  })
})

describe("timers that are due at one time, and signals of one moment", () => {
  const collects = defineWorkflow("collects", {
    input: Schema.Void,
    output: Schema.Array(Schema.Number),
    run: () =>
      Effect.gen(function* () {
        const woken: Array<number> = []
        const one = (index: number) =>
          Effect.andThen(
            Effect.sleep(60),
            Effect.sync(() => void woken.push(index))
          )
        yield* Effect.forEach(
          Array.from({ length: 20 }, (_, index) => index),
          one,
          { concurrency: "unbounded" }
        )
        for (let received = 0; received < 5; received++) woken.push(yield* approved.receive)
        return woken
      })
  })
  const inOrder = [...Array.from({ length: 20 }, (_, index) => index), 100, 101, 102, 103, 104]

  it("come in their order in a TestRuntime, and its story tells of each timer", async () => {
    const runtime = new TestRuntime({})
    const run = await runtime.start(collects, { input: undefined })
    for (const value of inOrder.slice(20)) await run.signal(approved, value)
    await runtime.advance(60)
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: inOrder })
    expect(run.story.split("\n").filter((line) => line.includes("timer")).length).toBeGreaterThanOrEqual(20)
  })

  it("and in all schedules", async () => {
    await checkWorkflow(collects, {
      seed: 1,
      schedules: 50,
      atEnd: ({ outcome }) =>
        outcome?.tag !== "succeeded" || outcome.value.slice(0, 20).join() === inOrder.slice(0, 20).join()
    })
  })
})
