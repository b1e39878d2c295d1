import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { emptyHistory, turn } from "../../src/actor/turn.ts"
import { Bench } from "./bench.ts"
import { approved, charge, echo, workflowOf } from "./definitions.ts"

// A turn as a function: history and messages in, commands and history out.

describe("a parked turn", () => {
  const steps = Effect.andThen(echo(1), Effect.andThen(echo(2), charge(3)))

  it("gives back the history that it was given, not one cut short where replay stopped", () => {
    const bench = new Bench(workflowOf(steps))
    bench.start()
    bench.step("echo#0")
    bench.step("echo#1")
    const { history } = bench.last
    const changed = workflowOf(Effect.andThen(echo("other"), Effect.andThen(echo(2), charge(3))))
    const parked = turn({ workflow: changed, runId: "run-1", history, inbox: [...bench.inbox.values()], messages: [] })
    expect(parked).toMatchObject({ parked: { command: "step echo#0" }, adopted: [], commands: [] })
    expect(parked.history).toEqual(history)
  })

  it("lets a repaired program go on as if it had not been", () => {
    const awaits = (after: Effect.Effect<unknown, never, any>) => workflowOf(Effect.andThen(echo(1), after))
    const bench = new Bench(awaits(Effect.never))
    bench.start()
    const { history } = bench.last
    const answer = bench.stepMessage("echo#0")
    const inbox = [...bench.inbox.values(), answer]
    const options = { runId: "run-1", inbox, messages: [answer] }
    const parked = turn({ ...options, workflow: awaits(Effect.never), history })
    expect(parked.parked).toMatchObject({ violation: "stuck" })
    const repaired = turn({ ...options, workflow: awaits(echo(2)), history: parked.history })
    expect(repaired).toMatchObject({ parked: undefined, adopted: ["step/echo#0"], commands: [{ key: "echo#1" }] })
  })

  it("drops what came with the message that parked it: the inbox still has it", () => {
    const body = Effect.andThen(echo(1), Effect.all([echo(2), approved.receive], { concurrency: "unbounded" }))
    const bench = new Bench(workflowOf(body))
    bench.start()
    const poison = { kind: "signal", at: 2_000, name: "approved", id: "1", payload: { json: '"text"' } } as const
    const parked = bench.deliver(bench.stepMessage("echo#0"), poison)
    expect(parked).toMatchObject({
      parked: { row: "signal/approved/1" },
      adopted: [],
      commands: [],
      history: { order: ["start"] }
    })
    expect(parked.history.open).toMatchObject([{ key: "echo#0" }])
  })
})

describe("replay", () => {
  it("reports code that ends where history still has a command open", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(1), echo(2))))
    bench.start()
    bench.step("echo#0")
    const changed = bench.rebuilt({ workflow: workflowOf(echo(1)) })
    expect(changed.parked).toMatchObject({ _tag: "NonDeterminismError", command: "step echo#1" })
  })

  it("reports code that ends with a command that it dropped, where history has that one with another input", () => {
    // Cancelled, the run drops its step and waits on for the signal; with a step before both, it ends there and then.
    const holdsOut = Effect.all([echo(0), Effect.uninterruptible(approved.receive)], { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(holdsOut))
    bench.start()
    bench.cancel()
    const { history } = bench.last
    expect(history).toMatchObject({ order: ["start", "cancel"], open: [], abandoned: [{ key: "echo#0" }] })
    const changed = bench.rebuilt({ workflow: workflowOf(Effect.andThen(echo(77), holdsOut)) })
    expect(changed.outcome?.tag).toBe("cancelled")
    const recorded = history.abandoned[0]?.fingerprint
    expect(changed.parked).toMatchObject({ _tag: "NonDeterminismError", command: "step echo#0", recorded })
  })

  it("reports code that ends before a signal that history goes on with", () => {
    const bench = new Bench(workflowOf(Effect.andThen(approved.receive, echo(1))))
    bench.start()
    bench.signal("approved", 1, "x")
    const changed = bench.rebuilt({ workflow: workflowOf(Effect.succeed(1)) })
    expect(changed.parked).toMatchObject({ _tag: "NonDeterminismError", command: "signal/approved/x", issued: null })
  })

  it("of nothing is an actor that waits for its start", () => {
    const { workflow } = new Bench(workflowOf(echo(1))).options
    const first = turn({ workflow, runId: "run-1", history: emptyHistory, inbox: [], messages: [] })
    expect(first).toEqual({
      adopted: [],
      commands: [],
      inlineSteps: [],
      history: emptyHistory,
      outcome: undefined,
      parked: undefined
    })
  })
})

describe("a turn of several messages", () => {
  it("asks once for what they come to, and not for what they settle among themselves", () => {
    const race = Effect.timeoutOption(approved.receive, 500)
    const bench = new Bench(workflowOf(Effect.andThen(race, echo(1))))
    const signal = { kind: "signal", at: 1_100, name: "approved", id: "1", payload: { json: "1" } } as const
    expect(bench.deliver(bench.startMessage(), signal)).toMatchObject({
      adopted: ["start", "signal/approved/1"],
      commands: [{ kind: "step", key: "echo#0", index: 2 }]
    })
  })
})
