import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { PollUsedUp, pollUntil } from "../../src/actor/calls/pollUntil.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { Bench, failed } from "./bench.ts"
import { charge, echo, lookUp, workflowOf } from "./definitions.ts"

const isDone = (state: unknown) => state === "done"
const result = <A, R>(poll: Effect.Effect<A, PollUsedUp, R>) =>
  Effect.map(Effect.result(poll), (answer) => (Result.isSuccess(answer) ? answer.success : told(answer.failure)))
const told = ({ message, checks, limit }: PollUsedUp) => ({ message, checks, limit })

describe("a condition that is polled for", () => {
  it("is asked for once if it is met at once: no timer, no suspension", () => {
    const bench = new Bench(workflowOf(Effect.orDie(pollUntil(() => lookUp(1), { until: isDone, every: "1 minute" }))))
    bench.start()
    expect(bench.commands).toEqual(["step lookUp#0"])
    bench.step("lookUp#0", "done")
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "done" })
    const pure = new Bench(
      workflowOf(Effect.orDie(pollUntil(() => Effect.succeed("done"), { until: isDone, every: 1 })))
    )
    expect(pure.start().commands).toEqual([])
    expect(pure.outcome?.value).toBe("done")
  })

  it("is asked for in intervals, from answer to check", () => {
    const poll = pollUntil(() => echo("?"), { until: isDone, every: "1 minute", name: "job" })
    const bench = new Bench(workflowOf(Effect.orDie(poll)))
    bench.start()
    bench.step("echo#0", "running")
    expect(bench.commands).toEqual(["timer job#0"])
    bench.timer("job#0")
    expect(bench.commands).toEqual(["step echo#1"])
    bench.step("echo#1", "done")
    expect(bench.outcome?.value).toBe("done")
  })

  it("has its state carried from check to check", () => {
    const seen: Array<unknown> = []
    const poll = pollUntil(
      (state: number, checks) =>
        Effect.suspend(() => {
          seen.push([state, checks])
          return echo(state) as Effect.Effect<number, never, never>
        }),
      { initial: 10, until: (state) => state >= 12, every: (state, checks) => state * 100 + checks }
    )
    const bench = new Bench(workflowOf(Effect.orDie(poll)))
    bench.start()
    bench.step("echo#0", 11)
    bench.timer("1101ms#0")
    expect(bench.inputOf("echo#1")).toBe(11)
    seen.length = 0
    bench.step("echo#1", 12)
    expect(bench.outcome?.value).toBe(12)
    // Of the actor that was rebuilt.
    expect(seen).toEqual([
      [10, 0],
      [11, 1]
    ])
  })

  it("that is not met in so many checks is used up", () => {
    const poll = pollUntil(() => echo(0), { until: isDone, every: 1_000, times: 2 })
    const bench = new Bench(workflowOf(result(poll)))
    bench.start()
    bench.step("echo#0")
    bench.timer("1000ms#0")
    bench.step("echo#1")
    expect(bench.outcome?.value).toEqual({
      message: "what was polled for was not met in 2 checks: those were all",
      checks: 2,
      limit: "times"
    })
  })

  it("that is not met in its time is used up, after a last check at its end", () => {
    const poll = pollUntil(() => echo(0), { until: isDone, every: 1_000, within: 1_500 })
    const bench = new Bench(workflowOf(result(poll)))
    bench.start()
    bench.step("echo#0")
    bench.timer("1000ms#0")
    bench.step("echo#1")
    // The answer has taken a millisecond of what was left.
    expect(bench.commands).toEqual(["timer 499ms#0"])
    bench.timer("499ms#0")
    bench.step("echo#2")
    expect(bench.outcome?.value).toEqual({
      message: "what was polled for was not met in 3 checks: its time is over",
      checks: 3,
      limit: "within"
    })
  })

  it("has timers that are due at whole milliseconds, though its time is no number of them", () => {
    const poll = pollUntil(() => echo(0), { until: isDone, every: 1_000, within: 1_500.5 })
    const bench = new Bench(workflowOf(result(poll)))
    bench.start()
    bench.step("echo#0")
    bench.timer("1000ms#0")
    bench.step("echo#1")
    expect(bench.last.commands).toMatchObject([{ kind: "timer", key: "500ms#0", due: 2_502 }])
  })

  it("that is met by the last check is met", () => {
    const poll = pollUntil(() => echo(0), { until: isDone, every: 1_000, within: 10, times: 2 })
    const bench = new Bench(workflowOf(Effect.orDie(poll)))
    bench.start()
    bench.step("echo#0")
    bench.timer("10ms#0")
    bench.step("echo#1", "done")
    expect(bench.outcome?.value).toBe("done")
  })

  it("has all of its time where the host was late when it was first asked for", () => {
    const poll = pollUntil(() => echo(0), { until: isDone, every: 1_000, within: 5_000 })
    const bench = new Bench(workflowOf(Effect.andThen(Effect.sleep(1_000), result(poll))))
    bench.start()
    bench.deliver({ kind: "timer", at: 3_600_000, key: "1000ms#0", due: 2_000 })
    bench.deliver({ ...bench.stepMessage("echo#0", "running"), at: 3_600_001 })
    expect(bench.commands).toEqual(["timer 1000ms#1"])
    expect(bench.outcome).toBeUndefined()
  })

  it("fails as its check fails", () => {
    const bench = new Bench(workflowOf(Effect.orDie(pollUntil(() => charge(1), { until: () => true, every: 1 }))))
    bench.start()
    bench.step("charge#0", failed({ _tag: "Declined", code: 4 }))
    expect(bench.outcome).toMatchObject({ tag: "died", value: { code: 4 } })
  })

  it("may end its run with its own error", () => {
    const workflow = defineWorkflow("polls", {
      input: Schema.Null,
      output: Schema.Any,
      error: PollUsedUp,
      run: () => pollUntil(() => Effect.succeed(0), { until: isDone, every: 1, times: 1 })
    })
    const bench = new Bench(workflow)
    bench.start()
    expect(bench.outcome).toMatchObject({ tag: "failed", value: { _tag: "PollUsedUp", checks: 1, limit: "times" } })
  })

  it("is narrowed by a predicate that narrows", () => {
    type Job = { readonly status: "running" } | { readonly status: "done"; readonly url: string }
    const check = (): Effect.Effect<Job> => Effect.succeed({ status: "done", url: "there" })
    const poll = pollUntil(check, { until: (job) => job.status === "done", every: 1 })
    const bench = new Bench(workflowOf(Effect.orDie(Effect.map(poll, ({ url }) => url))))
    bench.start()
    expect(bench.outcome?.value).toBe("there")
  })

  it.each([
    [{ until: isDone }, /every is undefined/],
    [{ until: isDone, every: 0 }, /every is 0: 1 ms or more/],
    [{ until: isDone, every: "soon" }, /every is "soon"/],
    [{ every: 1 }, /until is undefined, no function of the state/],
    [{ until: isDone, every: 1, times: 0 }, /times is 0/],
    [{ until: isDone, every: 1, times: Number.NaN }, /times is NaN/],
    [{ until: isDone, every: 1, within: -1 }, /within is -1/],
    [{ until: isDone, every: 1, name: "a b" }, /sleep name "a b"/],
    [{ until: isDone, every: 1, timeout: 1 }, /has no option "timeout"/]
  ])("of %o is refused", (options, why) => {
    expect(() => pollUntil(() => Effect.succeed(0), options as never)).toThrow(why)
  })
})
