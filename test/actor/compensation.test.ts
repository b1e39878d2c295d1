import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { compensateWith } from "../../src/actor/calls/compensation.ts"
import { Bench, broken, failed } from "./bench.ts"
import { charge, Declined, echo, pack, refund, workflowOf } from "./definitions.ts"

const declined = failed({ _tag: "Declined", code: 1 })
const charged = (amount: number) => charge(amount).pipe(compensateWith((receipt) => Effect.orDie(refund(receipt))))
const twice = Effect.andThen(charged(1), charged(2))

describe("compensations", () => {
  it("run in reverse when the run fails, and its error is the outcome", () => {
    const bench = new Bench(workflowOf(Effect.andThen(twice, Effect.fail(new Declined({ code: 9 })))))
    bench.start()
    bench.step("charge#0", 10)
    bench.step("charge#1", 20)
    expect(bench.commands).toEqual(["step refund#0"])
    expect(bench.inputOf("refund#0")).toBe(20)
    bench.step("refund#0")
    expect(bench.inputOf("refund#1")).toBe(10)
    bench.step("refund#1")
    expect(bench.outcome).toEqual({ tag: "failed", value: { _tag: "Declined", code: 9 } })
  })

  it("run in reverse of success, not of the order in the code, for parallel steps", () => {
    const body = Effect.all([charged(1), charged(2), echo(0)], { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#1", 20)
    bench.step("charge#0", 10)
    bench.step("echo#0", broken("echo"))
    expect(bench.inputOf("refund#0")).toBe(10)
  })

  it("run for what has succeeded only", () => {
    const bench = new Bench(workflowOf(twice))
    bench.start()
    bench.step("charge#0", 10)
    bench.step("charge#1", declined)
    bench.step("refund#0")
    expect(bench.outcome).toEqual({ tag: "failed", value: { _tag: "Declined", code: 1 } })
  })

  it("do not run when the run succeeds", () => {
    const bench = new Bench(workflowOf(charged(1)))
    bench.start()
    expect(bench.step("charge#0", 10).commands).toEqual([])
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 10 })
  })

  it("run for what a timeout has not let go of: it waits for the outcome", () => {
    const late = Effect.andThen(Effect.timeout(charged(1), 500), echo(1))
    const bench = new Bench(workflowOf(Effect.orDie(late)))
    bench.start()
    expect(bench.timer("500ms#0").commands).toEqual([])
    expect(bench.step("charge#0", 10).commands).toMatchObject([{ kind: "step", key: "refund#0" }])
  })

  it("do not run when a failure was handled: the run goes on", () => {
    const body = Effect.catch(Effect.andThen(charged(1), Effect.fail(new Declined({ code: 1 }))), () =>
      Effect.succeed("handled")
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#0", 10)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "handled" })
  })

  it("belong to the run, not to the scope that they are called in", () => {
    const body = Effect.andThen(Effect.scoped(charged(1)), echo(0))
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.step("charge#0", 10).commands).toMatchObject([{ key: "echo#0" }])
    bench.step("echo#0", broken("echo"))
    expect(bench.commands).toEqual(["step refund#0"])
  })

  it("may wait, and run child runs", () => {
    const body = charge(1).pipe(
      compensateWith(() => Effect.andThen(Effect.sleep(500), Effect.orDie(pack.child(1)))),
      Effect.andThen(Effect.die("broken"))
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#0", 10)
    bench.timer("500ms#0")
    bench.child("pack#0", 1)
    expect(bench.outcome).toEqual({ tag: "died", value: "broken" })
  })

  it("that dies does not keep the others from running, and ends the run with CompensationFailed", () => {
    const bench = new Bench(workflowOf(Effect.andThen(twice, Effect.fail(new Declined({ code: 9 })))))
    bench.start()
    bench.step("charge#0", 10)
    bench.step("charge#1", 20)
    bench.step("refund#0", broken("refund"))
    expect(bench.commands).toEqual(["step refund#1"])
    bench.step("refund#1")
    expect(bench.outcome).toMatchObject({
      tag: "died",
      value: { _tag: "CompensationFailed", failures: [{ _tag: "StepFailed", message: "out of order" }] }
    })
    expect(bench.outcome).toMatchObject({ value: { message: expect.stringContaining("Declined") } })
  })

  it("that interrupts itself ends the run with CompensationFailed as well", () => {
    const body = charge(1).pipe(
      compensateWith(() => Effect.interrupt),
      Effect.andThen(Effect.fail(new Declined({ code: 9 })))
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#0", 10)
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "CompensationFailed" } })
  })
})

describe("cancellation", () => {
  it("waits for the outcome of what is compensated, and undoes it", () => {
    const bench = new Bench(workflowOf(Effect.andThen(charged(1), echo(1))))
    bench.start()
    expect(bench.cancel("stop").commands).toEqual([])
    expect(bench.step("charge#0", 10).commands).toMatchObject([{ kind: "step", key: "refund#0" }])
    bench.step("refund#0")
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "stop" })
  })

  it("has nothing to undo where what is compensated fails after all", () => {
    const bench = new Bench(workflowOf(Effect.andThen(charged(1), echo(1))))
    bench.start()
    bench.cancel("stop")
    expect(bench.step("charge#0", declined).commands).toEqual([])
    expect(bench.outcome).toMatchObject({ tag: "failed", value: { _tag: "Declined" } })
  })

  it("compensates and keeps its reason", () => {
    const bench = new Bench(workflowOf(Effect.andThen(twice, Effect.sleep(1_000))))
    bench.start()
    bench.step("charge#0", 10)
    bench.step("charge#1", 20)
    expect(bench.cancel("changed my mind").commands).toMatchObject([{ kind: "clearTimer" }, { key: "refund#0" }])
    bench.step("refund#0")
    bench.step("refund#1")
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "changed my mind" })
  })

  it("while compensations run changes nothing", () => {
    const outcomes = [false, true].map((cancels) => {
      const bench = new Bench(workflowOf(Effect.andThen(charged(1), Effect.fail(new Declined({ code: 9 })))))
      bench.start()
      bench.step("charge#0", 10)
      if (cancels) expect(bench.cancel("too late").commands).toEqual([])
      bench.step("refund#0")
      return bench.outcome
    })
    expect(outcomes[1]).toEqual(outcomes[0])
  })

  it("while compensations run cancels none of their child runs", () => {
    const body = charge(1).pipe(
      compensateWith(() => Effect.orDie(pack.child(1))),
      Effect.andThen(Effect.fail(new Declined({ code: 9 })))
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.step("charge#0", 10).commands).toMatchObject([{ kind: "child", key: "pack#0" }])
    expect(bench.cancel("too late").commands).toEqual([])
    bench.child("pack#0", 1)
    expect(bench.outcome).toEqual({ tag: "failed", value: { _tag: "Declined", code: 9 } })
  })

  it("while compensations run does not make a run cancelled that interrupted itself", () => {
    const bench = new Bench(workflowOf(Effect.andThen(charged(1), Effect.interrupt)))
    bench.start()
    bench.step("charge#0", 10)
    bench.cancel("too late")
    bench.step("refund#0")
    expect(bench.outcome).toMatchObject({ tag: "died", value: { name: "Interrupted" } })
  })

  it("a second time is not adopted", () => {
    const bench = new Bench(workflowOf(Effect.andThen(charged(1), Effect.sleep(1_000))))
    bench.start()
    bench.step("charge#0", 10)
    bench.cancel("first")
    expect(bench.cancel("second")).toMatchObject({ adopted: [], commands: [] })
    bench.step("refund#0")
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "first" })
  })

  it("waits for an uninterruptible region", () => {
    const bench = new Bench(workflowOf(Effect.uninterruptible(Effect.andThen(echo(1), echo(2)))))
    bench.start()
    expect(bench.cancel().commands).toEqual([])
    bench.step("echo#0")
    bench.step("echo#1", "done")
    expect(bench.outcome?.tag).toBe("cancelled")
  })

  it("does not undo a run that is over", () => {
    const bench = new Bench(workflowOf(Effect.succeed(1)))
    bench.start()
    expect(bench.cancel().adopted).toEqual([])
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 1 })
  })

  it("runs finalizers of scopes and of ensuring, which may run steps", () => {
    const body = Effect.scoped(
      Effect.andThen(
        Effect.addFinalizer(() => echo("scope")),
        Effect.ensuring(Effect.sleep(1_000), echo("ensuring"))
      )
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.cancel()
    expect(bench.inputOf("echo#0")).toBe("ensuring")
    bench.step("echo#0")
    expect(bench.inputOf("echo#1")).toBe("scope")
    bench.step("echo#1")
    expect(bench.outcome?.tag).toBe("cancelled")
  })

  it("ends forked fibers before compensations begin", () => {
    const body = Effect.gen(function* () {
      yield* charged(1)
      yield* Effect.forkChild(Effect.ensuring(Effect.sleep(1_000), echo("fiber")))
      return yield* echo("body")
    })
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#0", 10)
    bench.cancel()
    expect(bench.inputOf("echo#1")).toBe("fiber")
    expect(bench.commands).not.toContain("step refund#0")
    bench.step("echo#1")
    expect(bench.commands).toEqual(["step refund#0"])
  })
})
