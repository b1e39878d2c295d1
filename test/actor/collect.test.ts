import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { collect } from "../../src/actor/calls/collect.ts"
import { Bench } from "./bench.ts"
import { approved, echo, workflowOf } from "./definitions.ts"

const deadline = { count: 3, within: "1 second" } as const

describe("a collection of signals", () => {
  it("ends when all have come, and its timer is cleared", () => {
    const bench = new Bench(workflowOf(Effect.all([collect(approved, deadline), echo(0)])))
    bench.signal("approved", 0)
    bench.start()
    expect(bench.commands).toEqual(["timer 1000ms#0"])
    for (const value of [1, 2]) bench.signal("approved", value)
    expect(bench.signal("approved", 3).commands).toMatchObject([{ kind: "clearTimer" }, { kind: "step" }])
    bench.step("echo#0", "end")
    expect(bench.outcome?.value).toEqual([{ values: [1, 2, 3], isComplete: true }, "end"])
  })

  it("has at its deadline what has come by then, and leaves what comes later", () => {
    const bench = new Bench(workflowOf(Effect.all([collect(approved, deadline), approved.receive])))
    bench.start()
    bench.signal("approved", 1)
    bench.signal("approved", 2)
    bench.timer("1000ms#0")
    bench.signal("approved", 3)
    expect(bench.outcome?.value).toEqual([{ values: [1, 2], isComplete: false }, 3])
  })

  it("is too late for one that comes at the very deadline, whoever is late", () => {
    const bench = new Bench(workflowOf(Effect.all([collect(approved, deadline), approved.receive])))
    bench.start()
    const due = bench.last.commands.flatMap((one) => (one.kind === "timer" ? [one.due] : []))[0] as number
    bench.deliver({ kind: "signal", at: due, name: "approved", id: "at the deadline", payload: { json: "7" } })
    expect(bench.outcome?.value).toEqual([{ values: [], isComplete: false }, 7])
  })

  it("sets no timer where all are there", () => {
    const body = Effect.andThen(echo(0), collect(approved, { ...deadline, count: 2 }))
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.signal("approved", 1)
    bench.signal("approved", 2)
    expect(bench.step("echo#0").commands).toEqual([])
    expect(bench.outcome?.value).toEqual({ values: [1, 2], isComplete: true })
  })

  it("without a deadline waits for all", () => {
    const bench = new Bench(workflowOf(collect(approved.for("motion"), { count: 2 })))
    expect(bench.start().commands).toEqual([])
    expect(bench.actor.waiting.signals).toEqual(["approved/motion"])
    bench.signal("approved", 1, undefined, "motion")
    expect(bench.actor.waiting.signals).toEqual(["approved/motion"])
    bench.signal("approved", 2, undefined, "motion")
    expect(bench.outcome?.value).toEqual({ values: [1, 2], isComplete: true })
  })

  it("until a moment ends then, by a timer of that name", () => {
    const body = collect(approved, { count: 1, until: new Date(5_000), name: "votes" })
    const bench = new Bench(workflowOf(body))
    expect(bench.start().commands).toMatchObject([{ kind: "timer", key: "votes#0", due: 5_000 }])
    bench.timer("votes#0")
    expect(bench.outcome?.value).toEqual({ values: [], isComplete: false })
  })

  it("that is interrupted takes none", () => {
    const some = Effect.map(Effect.timeoutOption(collect(approved, { count: 3 }), 500), Option.isSome)
    const bench = new Bench(workflowOf(Effect.all([some, approved.receive, approved.receive])))
    bench.start()
    bench.signal("approved", 1)
    bench.signal("approved", 2)
    bench.timer("500ms#0")
    expect(bench.outcome?.value).toEqual([false, 1, 2])
  })

  it("hands what it gives back to who waits behind it, and not to who is interrupted with it", () => {
    const both = Effect.all([collect(approved, { count: 2 }), approved.receive], { concurrency: "unbounded" })
    const behind = Effect.andThen(Effect.sleep(1), approved.receive)
    const body = Effect.all([Effect.raceFirst(both, echo(0)), behind], { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.timer("1ms#0")
    bench.signal("approved", 1)
    bench.step("echo#0", "won")
    expect(bench.outcome?.value).toEqual(["won", 1])
  })

  it.each([
    [{ count: 0 }, /count is 0: a whole number, 1 or more/],
    [{ count: 1.5 }, /count is 1.5/],
    [{ count: Number.NaN }, /count is NaN/],
    [{ count: Number.POSITIVE_INFINITY }, /count is Infinity/],
    [{}, /count is undefined/],
    [{ count: 1, within: "soon" }, /within is "soon"/],
    [{ count: 1, within: -1 }, /within is -1/],
    [{ count: 1, until: new Date("never") }, /until is Invalid Date/],
    [{ count: 1, until: "2027-01-01T00:00" }, /A text without a zone/],
    [{ count: 1, within: 1, until: new Date(1) }, /has both within and until/],
    [{ count: 1, timeout: 5 }, /has no option "timeout"/]
  ])("of %j is refused", (options, why) => {
    expect(() => collect(approved, options as never)).toThrow(why)
  })
})
