import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineLimit, defineStep, defineWorkflow } from "../../src/index.ts"
import { checkWorkflow, TestRuntime } from "../../src/testing.ts"
import { holding, Job, job, release } from "./parts.ts"

// Tests of users' workflows need no set-up for their limits.

const slow = defineLimit("slow", { rate: "1/hour" })

const hourly = defineWorkflow("hourly", {
  input: Job,
  output: Schema.String,
  limits: [{ limit: slow, key: (job) => job.account }],
  run: (job) => Effect.succeed(job.name)
})

describe("limits in tests", () => {
  it("hold runs of a TestRuntime back until there is a place", async () => {
    const runtime = new TestRuntime()
    const first = await runtime.start(holding, { input: job("first") })
    const second = await runtime.start(holding, { input: job("second") })
    const other = await runtime.start(holding, { input: job("other", "acct_2") })
    const waits = (run: typeof first) => run.waitingFor.map(({ kind }) => kind)
    expect([waits(first), waits(second), waits(other)]).toEqual([["signal"], ["limit"], ["signal"]])
    await first.signal(release, null)
    expect(waits(second)).toEqual(["signal"])
    await second.cancel()
    const third = await runtime.start(holding, { input: job("third") })
    expect(waits(third)).toEqual(["signal"])
  })

  it("let time pass for a rate", async () => {
    const runtime = new TestRuntime()
    const start = (name: string) => runtime.start(hourly, { input: job(name) })
    const runs = [await start("a"), await start("b"), await start("c")]
    const states = () => runs.map(({ outcome }) => outcome?.tag ?? "waits")
    expect(states()).toEqual(["succeeded", "waits", "waits"])
    await runtime.advance("61 minutes")
    expect(states()).toEqual(["succeeded", "succeeded", "waits"])
    await runtime.advance("61 minutes")
    expect(states()).toEqual(["succeeded", "succeeded", "succeeded"])
  })

  it("are there in checkWorkflow, whose schedules find no step beside another that may not be", async () => {
    const three = defineLimit("three", { concurrency: 3 })
    const call = defineStep("call", {
      input: Job,
      output: Schema.String,
      limit: { limit: three, key: (job) => job.account },
      run: (job) => Effect.succeed(job.name)
    })
    const fanOut = defineWorkflow("fanOut", {
      input: Schema.Array(Job),
      output: Schema.Int,
      limits: [{ limit: slow, key: () => "all" }],
      run: (jobs) =>
        Effect.map(
          Effect.forEach(jobs, (one) => call(one, { key: one.name }), { concurrency: "unbounded" }),
          ({ length }) => length
        )
    })
    let most = 0
    await checkWorkflow(fanOut, {
      input: ["a", "b", "c", "d", "e"].map((name) => job(name)),
      schedules: 50,
      always: ({ steps }) => {
        const underWay = steps.filter(({ name, outcome }) => name === "call" && outcome === undefined).length
        most = Math.max(most, underWay)
        expect(underWay).toBeLessThanOrEqual(3)
      }
    })
    expect(most).toBe(3)
  })
})
