import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { describe, expect, it } from "vitest"
import { Bench, failed } from "./bench.ts"
import { charge, echo, workflowOf } from "./definitions.ts"

const declined = failed({ _tag: "Declined", code: 1 })

describe("a sleep", () => {
  it("is a timer, named by its length, due from the run's own time", () => {
    const bench = new Bench(workflowOf(Effect.as(Effect.sleep("1 hour"), null)))
    expect(bench.start().commands).toEqual([
      { kind: "timer", key: "3600000ms#0", due: 3_601_000, fingerprint: "3601000", index: 1 }
    ])
    bench.timer("3600000ms#0")
    expect(bench.outcome?.tag).toBe("succeeded")
  })

  it.each([0, -5, "0 millis"] as const)("of %s is no command", (duration) => {
    const bench = new Bench(workflowOf(Effect.as(Effect.sleep(duration), null)))
    expect(bench.start().commands).toEqual([])
    expect(bench.outcome?.tag).toBe("succeeded")
  })

  it("to the last moment that a date can hold is a timer, and a longer one is endless", () => {
    const last = 8_640_000_000_000_000
    const to = new Bench(workflowOf(Effect.as(Effect.sleep(last - 1_000), null)))
    expect(to.start().commands).toMatchObject([{ kind: "timer", due: last }])
    for (const beyond of [last - 999, 1e17, Number.MAX_VALUE]) {
      const bench = new Bench(workflowOf(Effect.as(Effect.sleep(beyond), null)))
      expect(bench.start().commands).toEqual([])
      expect(bench.outcome).toBeUndefined()
    }
  })

  it("of a part of a millisecond is one of a millisecond, not none", () => {
    expect(new Bench(workflowOf(Effect.as(Effect.sleep("1 nanos"), null))).start().commands).toMatchObject([
      { due: 1_001 }
    ])
  })

  it("that lost a race, or was not needed, has its timer cleared", () => {
    for (const body of [Effect.raceFirst(Effect.sleep(500), echo(1)), Effect.timeoutOption(echo(1), 500)]) {
      const bench = new Bench(workflowOf(Effect.as(body, null)))
      bench.start()
      expect(bench.step("echo#0").commands).toEqual([{ kind: "clearTimer", key: "500ms#0", due: 1_500 }])
    }
  })

  it("that was given up in the turn that asked for it is neither asked for nor cleared", () => {
    const body = Effect.all([Effect.raceFirst(Effect.sleep(500), Effect.void), echo(1)])
    expect(new Bench(workflowOf(Effect.as(body, null))).start().commands).toMatchObject([{ kind: "step" }])
  })
})

describe("a firing", () => {
  const waiting = () => {
    const bench = new Bench(workflowOf(Effect.as(Effect.andThen(Effect.sleep(500), echo(1)), null)))
    bench.start()
    return bench
  }

  it("put ahead of its time counts as arriving when due (S9)", () => {
    const bench = waiting()
    bench.deliver({ kind: "timer", at: 1_100, key: "500ms#0", due: 1_500 })
    expect(bench.actor.now).toBe(1_500)
    expect(bench.commands).toEqual(["step echo#0"])
  })

  it("that comes late brings its own time", () => {
    const bench = waiting()
    bench.deliver({ kind: "timer", at: 9_000, key: "500ms#0", due: 1_500 })
    expect(bench.actor.now).toBe(9_000)
  })

  it.each([
    ["of no timer", { key: "7ms#0", due: 1_200 }],
    ["of the right timer for another time", { key: "500ms#0", due: 1_400 }]
  ])("%s, of a commit that did not stand, is adopted and set aside", (_, orphan) => {
    const bench = waiting()
    const { adopted, commands } = bench.deliver({ kind: "timer", at: 1_200, ...orphan })
    expect(adopted).toEqual([`!timer/${orphan.key}@${orphan.due}`])
    expect(commands).toEqual([])
    expect(bench.timer("500ms#0").adopted).toEqual(["timer/500ms#0@1500"])
    expect(bench.commands).toEqual(["step echo#0"])
  })

  it("that was set aside stays so in replay, though the code now waits for it", () => {
    const bench = waiting()
    bench.deliver({ kind: "timer", at: 1_400, key: "400ms#0", due: 1_400 })
    const changed = workflowOf(Effect.as(Effect.andThen(Effect.sleep(400), echo(1)), null))
    expect(bench.rebuilt({ workflow: changed }).parked).toMatchObject({ command: "timer 500ms#0" })
  })

  it("of a cleared timer that comes all the same is set aside", () => {
    const bench = new Bench(workflowOf(Effect.as(Effect.andThen(Effect.timeoutOption(echo(1), 500), echo(2)), null)))
    bench.start()
    bench.step("echo#0")
    const turn = bench.timer("500ms#0")
    expect(turn).toMatchObject({ adopted: ["!timer/500ms#0@1500"], commands: [] })
    bench.step("echo#1")
    expect(bench.outcome?.tag).toBe("succeeded")
  })
})

describe("a timer that was not needed", () => {
  it("leaves nothing in the head, however many there were", () => {
    const waits = Effect.forEach([1, 2, 3, 4, 5], (n) => Effect.timeoutOption(echo(n), "3 days"), { discard: true })
    const bench = new Bench(workflowOf(Effect.as(Effect.andThen(waits, echo(6)), null)))
    bench.start()
    for (let i = 0; i < 5; i++) bench.step(`echo#${i}`)
    expect(bench.last.history).toMatchObject({ open: [{ key: "echo#5" }], abandoned: [] })
  })
})

describe("logical time", () => {
  it("does not go back for a message of a clock that is behind", () => {
    const bench = new Bench(workflowOf(Effect.all([echo(1), Effect.sync(() => Date.now())])))
    bench.start()
    bench.deliver({ kind: "signal", at: 5_000, name: "any", id: "1", payload: { json: "1" } })
    bench.deliver({ ...bench.stepMessage("echo#0"), at: 3 })
    expect(bench.outcome?.value).toEqual([null, 5_000])
  })
})

describe("Effect.retry in a workflow", () => {
  it("without a delay asks again at once, with no timer", () => {
    const bench = new Bench(workflowOf(Effect.retry(charge(1), { times: 2 })))
    bench.start()
    expect(bench.step("charge#0", declined).commands).toMatchObject([{ kind: "step", key: "charge#1" }])
    bench.step("charge#1", declined)
    bench.step("charge#2", declined)
    expect(bench.outcome?.tag).toBe("failed")
  })

  it("with a schedule waits durably", () => {
    const bench = new Bench(workflowOf(Effect.retry(charge(1), { schedule: Schedule.exponential(100), times: 3 })))
    bench.start()
    bench.step("charge#0", declined)
    bench.timer("100ms#0")
    bench.step("charge#1", declined)
    bench.timer("200ms#0")
    bench.step("charge#2", 5)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 5 })
  })

  it("with jitter draws from the run's randomness: replay draws the same", () => {
    const retried = Effect.retry(charge(1), { schedule: Schedule.jittered(Schedule.spaced(10_000)), times: 3 })
    const delays = ["run-1", "run-2"].map((runId) => {
      const bench = new Bench(workflowOf(retried), { runId })
      bench.start()
      bench.step("charge#0", declined)
      return bench.commands
    })
    expect(delays[0]).not.toEqual(delays[1])
  })
})

describe("Effect.timeout in a workflow", () => {
  it("abandons the step, whose late outcome is adopted and changes nothing", () => {
    const bench = new Bench(
      workflowOf(Effect.andThen(Effect.map(Effect.timeoutOption(echo(1), 500), Option.isNone), echo(2)))
    )
    bench.start()
    bench.timer("500ms#0")
    expect(bench.last.history.abandoned).toMatchObject([{ kind: "step", key: "echo#0" }])
    const late = bench.step("echo#0", "late")
    expect(late).toMatchObject({ adopted: ["step/echo#0"], commands: [], history: { abandoned: [] } })
    bench.step("echo#1", "in time")
    expect(bench.outcome?.value).toBe("in time")
  })
})
