import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { advance } from "../../src/actor/turn.ts"
import { Bench, succeeded } from "./bench.ts"
import { approved, echo, lookUp, workflowOf } from "./definitions.ts"

// Messages come more than once, in any order, late, and from turns that lost their race.

describe("a message", () => {
  it("before the start waits for it, and nothing is adopted", () => {
    const bench = new Bench(workflowOf(approved.receive))
    const early: Message = { kind: "signal", at: 900, name: "approved", id: "early", payload: { json: "1" } }
    expect(bench.deliver(early).adopted).toEqual([])
    expect(bench.cancel().adopted).toEqual([])
    bench.start()
    expect(bench.deliver(early).adopted).toEqual(["signal/approved/early"])
    expect(bench.outcome?.value).toBe(1)
  })

  it("delivered twice is adopted once", () => {
    const bench = new Bench(workflowOf(Effect.all([echo(1), echo(2)])))
    bench.start()
    expect(bench.start()).toMatchObject({ adopted: [], commands: [] })
    const message = bench.stepMessage("echo#0", "first")
    expect(bench.deliver(message, message).adopted).toEqual(["step/echo#0"])
    expect(bench.deliver(message)).toMatchObject({ adopted: [], commands: [] })
  })

  it("of another content under an adopted key is not adopted: the first outcome wins (S7)", () => {
    const bench = new Bench(workflowOf(Effect.all([echo(1), echo(2)])))
    bench.start()
    bench.step("echo#0", "first")
    expect(bench.step("echo#0", "second").adopted).toEqual([])
    bench.step("echo#1")
    expect(bench.outcome?.value).toEqual(["first", null])
  })

  it("after the outcome is not adopted (S6)", () => {
    const bench = new Bench(workflowOf(Effect.raceFirst(echo(1), echo(2))))
    bench.start()
    bench.step("echo#0")
    expect(bench.step("echo#1")).toMatchObject({
      adopted: [],
      commands: [],
      history: { order: ["start", "step/echo#0"] }
    })
  })

  it("that answers what the code does not ask parks the run and is not adopted", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    const turn = bench.deliver({ ...bench.stepMessage("echo#0"), key: "echo#1" })
    expect(turn).toMatchObject({
      adopted: [],
      parked: { _tag: "NonDeterminismError", command: "step echo#1", issued: "step echo#0" }
    })
    expect(turn.history.order).toEqual(["start"])
  })

  it("with an outcome for another input parks the run", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    const turn = bench.deliver({ ...bench.stepMessage("echo#0"), fingerprint: "other" })
    expect(turn.parked).toMatchObject({ command: "step echo#0", recorded: "other", issued: expect.any(String) })
  })
})

describe("an inline step", () => {
  it("is handed over apart from the commands, which wait until it is answered", () => {
    const body = Effect.all([echo(1), lookUp(2)], { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(body))
    expect(bench.start()).toMatchObject({ commands: [], inlineSteps: [{ key: "lookUp#0", inline: true }] })
    expect(bench.step("lookUp#0")).toMatchObject({ commands: [{ key: "echo#0" }], inlineSteps: [] })
  })

  it("without an outcome is asked for again by a rebuilt run", () => {
    const bench = new Bench(workflowOf(lookUp(2)))
    bench.start()
    expect(bench.rebuilt().takeInlineSteps()).toMatchObject([{ key: "lookUp#0" }])
  })

  it("that was given up is not run", () => {
    const body = Effect.andThen(Effect.raceFirst(lookUp(2), Effect.void), echo(1))
    expect(new Bench(workflowOf(body)).start()).toMatchObject({ commands: [{ key: "echo#0" }], inlineSteps: [] })
  })

  it("whose outcome a lost turn has left before its command is answered by that", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(1), lookUp(2))))
    bench.start()
    // The turn that lost had met the step's outcome already, and run the inline step.
    const lost = new Bench(bench.options.workflow)
    lost.start()
    lost.step("echo#0")
    const left = lost.stepMessage("lookUp#0", "of the lost turn")
    expect(bench.deliver(left).adopted).toEqual([])
    const turn = bench.step("echo#0")
    expect(turn).toMatchObject({ adopted: ["step/echo#0", "step/lookUp#0"], inlineSteps: [] })
    expect(bench.outcome?.value).toBe("of the lost turn")
  })

  it("is run anew if what a lost turn has left is for another input, which is set aside", () => {
    const race = Effect.raceFirst(echo("a"), echo("b"))
    const body = Effect.flatMap(race, (winner) => lookUp(winner))
    const lost = new Bench(workflowOf(body))
    lost.start()
    lost.step("echo#0", "left won")
    const left = lost.stepMessage("lookUp#0", "for the left")
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.deliver(left)
    const turn = bench.step("echo#1", "right won")
    expect(turn).toMatchObject({
      parked: undefined,
      adopted: ["step/echo#1", "!step/lookUp#0"],
      inlineSteps: [{ key: "lookUp#0" }]
    })
    bench.deliver({ ...bench.stepMessage("lookUp#0", "for the right"), beside: true })
    expect(bench.last.adopted).toEqual([`step/lookUp#0@${turn.inlineSteps[0]?.fingerprint}`])
    expect(bench.outcome?.value).toBe("for the right")
  })

  it("with a recorded outcome for another input is a divergence all the same, in replay", () => {
    const bench = new Bench(workflowOf(Effect.andThen(lookUp(2), echo(1))))
    bench.start()
    bench.step("lookUp#0")
    const changed = workflowOf(Effect.andThen(lookUp(3), echo(1)))
    const recorded = bench.stepMessage("lookUp#0").fingerprint
    expect(bench.rebuilt({ workflow: changed }).parked).toMatchObject({ command: "step lookUp#0", recorded })
  })

  it("is not lost when a child run of the same key answers first", () => {
    const namesake = defineWorkflow("lookUp", { input: Schema.Any, output: Schema.Any, run: () => Effect.succeed(0) })
    const workflow = workflowOf(
      Effect.all([namesake.child(1), Effect.andThen(echo(1), lookUp(2))], { concurrency: "unbounded" })
    )
    const bench = new Bench(workflow)
    const [child] = bench.start().commands
    const answer = {
      kind: "child",
      at: 2_000,
      key: "lookUp#0",
      fingerprint: child?.kind === "child" ? child.fingerprint : "",
      outcome: succeeded(1)
    } as const
    expect(bench.deliver(bench.stepMessage("echo#0"), answer).inlineSteps).toMatchObject([{ key: "lookUp#0" }])
  })
})

describe("an actor", () => {
  it("that was parked takes nothing more: it is to be thrown away", () => {
    const bench = new Bench(workflowOf(Effect.never))
    bench.start()
    expect(bench.signal("approved", 1)).toMatchObject({ parked: { violation: "stuck" }, adopted: [], commands: [] })
  })

  it("names what it has not been told: a row of its history that is missing", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    bench.inbox.clear()
    expect(bench.rebuilt().parked).toMatchObject({ _tag: "PayloadUnreadable", row: "start" })
  })

  it("of an unresolved payload is parked, and does not crash its host", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    const reference = { sha256: "00", bytes: 1 }
    const turn = bench.deliver({ ...bench.stepMessage("echo#0"), outcome: { tag: "succeeded", payload: reference } })
    expect(turn.parked).toMatchObject({ _tag: "PayloadUnreadable", row: "step/echo#0" })
    const broken = bench.deliver({ ...bench.stepMessage("echo#0"), outcome: { tag: "died", payload: { json: "{" } } })
    expect(broken.parked).toMatchObject({ _tag: "PayloadUnreadable" })
  })

  it("does not share its world with another of the same workflow", () => {
    const { workflow } = new Bench(workflowOf(approved.receive)).options
    const [one, two] = ["run-1", "run-2"].map((runId) => new Actor({ workflow, runId })) as [Actor, Actor]
    const bench = new Bench(workflow)
    for (const actor of [one, two]) advance(actor, [bench.startMessage()])
    advance(one, [{ kind: "signal", at: 1, name: "approved", id: "1", payload: { json: "1" } }])
    expect([one.outcome?.tag, two.outcome]).toEqual(["succeeded", undefined])
  })
})
