import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineStep, defineWorkflow, RetryAfter } from "../../src/index.ts"
import { checkWorkflow, TestRuntime } from "../../src/testing.ts"

// What steps say of their time-outs, heartbeats and attempts holds in virtual time as well.

const Done = Schema.Struct({ done: Schema.Int })
const tells = (step: ReturnType<typeof defineStep<string, void, number>>) =>
  defineWorkflow("tells", {
    input: Schema.Void,
    output: Schema.String,
    run: () =>
      Effect.match(step.orFail(), {
        onFailure: ({ attempts, reason }) => `${reason} after ${attempts}`,
        onSuccess: String
      })
  })

describe("A test in virtual time", () => {
  it("hands what heartbeats told to the next attempt, and waits as RetryAfter says", async () => {
    const seen: Array<unknown> = []
    const copy = defineStep("copy", {
      input: Schema.Void,
      output: Schema.Number,
      heartbeat: "30 seconds",
      details: Done,
      run: (_, { heartbeat, lastDetails }) => {
        seen.push(lastDetails)
        const done = (lastDetails?.done ?? 0) + 10
        heartbeat({ done })
        return done < 30 ? new RetryAfter({ after: "1 hour" }) : Effect.succeed(done)
      }
    })
    const runtime = new TestRuntime({ steps: { copy } })
    const run = await runtime.start(tells(copy), { input: undefined })
    expect(run.waitingFor).toMatchObject([{ kind: "step", attempt: 2 }])
    await runtime.advance("59 minutes")
    expect(seen).toEqual([undefined])
    await runtime.advance("1 minute")
    expect(seen).toEqual([undefined, { done: 10 }])
    await runtime.advance("1 hour")
    expect(seen).toEqual([undefined, { done: 10 }, { done: 20 }])
    expect(run.outcome).toEqual({ tag: "succeeded", value: "30" })
  })

  it("notices a silence that is too long by the clock of the code", async () => {
    const slow = (pause: string) =>
      defineStep("slow", {
        input: Schema.Void,
        output: Schema.Number,
        heartbeat: "30 seconds",
        retry: { attempts: 1 },
        run: (_, { heartbeat }) =>
          Effect.gen(function* () {
            for (let round = 0; round < 3; round++) {
              yield* Effect.sleep(pause as "1 second")
              yield* heartbeat()
            }
            return 3
          })
      })
    const outcomes = await Promise.all(
      ["29 seconds", "31 seconds"].map(async (pause) => {
        const step = slow(pause)
        const run = await new TestRuntime({ steps: { slow: step } }).start(tells(step), { input: undefined })
        return run.outcome
      })
    )
    expect(outcomes).toEqual([
      { tag: "succeeded", value: "3" },
      { tag: "succeeded", value: "heartbeat after 1" }
    ])
  })

  it("makes each retry after the whole delay: jitter is for hosts", async () => {
    const begun: Array<number> = []
    const runtimeOf = () => {
      const fails = defineStep("fails", {
        input: Schema.Void,
        output: Schema.Number,
        retry: { attempts: 3, initial: "1 minute", max: "1 hour" },
        run: () => {
          begun.push(runtime.now)
          return Effect.die("no")
        }
      })
      const runtime: TestRuntime<any> = new TestRuntime({ steps: { fails }, startAt: 0 })
      return { runtime, workflow: tells(fails) }
    }
    const { runtime, workflow } = runtimeOf()
    await runtime.start(workflow, { input: undefined })
    await runtime.advance("1 hour")
    expect(begun).toEqual([0, 60_000, 180_000])
  })
})

describe("A check", () => {
  /** How runs end, over all schedules, and how often the code was begun in each. */
  const ends = async (options: object, code: () => Effect.Effect<number>) => {
    const seen = new Map<string, number>()
    let begun = 0
    const step = defineStep("step", {
      input: Schema.Void,
      output: Schema.Number,
      ...options,
      run: () => {
        begun++
        return code()
      }
    })
    await checkWorkflow(tells(step), {
      schedules: 400,
      steps: { step },
      atEnd: ({ outcome }) => {
        const end = outcome?.tag === "succeeded" ? String(outcome.value) : String(outcome?.tag)
        seen.set(end, Math.max(seen.get(end) ?? 0, begun))
        begun = 0
      }
    })
    return seen
  }

  it("has a step begin too late, and then it never runs", async () => {
    const seen = await ends({ scheduleToStart: "10 seconds" }, () => Effect.succeed(1))
    expect([...seen.keys()].sort()).toEqual(["1", "cancelled", "scheduleToStart after 0"])
    expect(seen.get("scheduleToStart after 0")).toBe(0)
  })

  it("has no attempt made twice of a step that may not be, and takes that for no fault of it", async () => {
    const seen = await ends({ atMostOnce: true, retry: { attempts: 1 } }, () => Effect.succeed(1))
    expect([...seen.keys()].sort()).toEqual(["1", "cancelled", "interrupted after 1"])
    expect(Math.max(...seen.values())).toBe(1)
  })
})
