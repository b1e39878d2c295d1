import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { StepFailed } from "../../src/actor/errors.ts"
import { Bench, broken, failed } from "./bench.ts"
import { charge, Declined, echo, workflowOf } from "./definitions.ts"

// Values that do not fit: who is to blame decides what becomes of the run.

describe("a step's input that does not fit its schema", () => {
  const body = Effect.catch(charge.orFail("much" as never), (error) => Effect.succeed(error._tag))

  it("is a defect of the workflow's own making, and the step is never asked for", () => {
    const bench = new Bench(workflowOf(charge("much" as never)))
    expect(bench.start()).toMatchObject({ commands: [], history: { open: [] } })
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "StepFailed" } })
  })

  it("is an error for orFail, and takes no key", () => {
    const bench = new Bench(workflowOf(Effect.andThen(body, charge(1))))
    expect(bench.start().commands).toMatchObject([{ key: "charge#0" }])
  })

  it.each([
    [
      "a cycle",
      () => {
        const it: { self?: unknown } = {}
        it.self = it
        return it
      }
    ],
    ["a function", () => () => 1],
    ["a bigint", () => 1n],
    ["NaN", () => Number.NaN],
    ["a symbol", () => Symbol("x")],
    [
      "a class of its own",
      () =>
        new (class Thing {
          a = 1
        })()
    ]
  ])("is refused for %s that no schema describes", (_, value) => {
    const bench = new Bench(workflowOf(Effect.suspend(() => echo(value()))))
    expect(bench.start().commands).toEqual([])
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "StepFailed" } })
  })
})

describe("a stored value that today's schema does not decode parks the run", () => {
  it("the output of a step", () => {
    const bench = new Bench(workflowOf(charge(1)))
    bench.start()
    const turn = bench.step("charge#0", "five")
    expect(turn).toMatchObject({
      parked: { _tag: "PayloadUnreadable", row: "step/charge#0" },
      history: { order: ["start"] },
      outcome: undefined
    })
    expect(turn.parked?.message).toMatch(/^the answer of step charge#0 does not decode: Expected number, got a string/)
  })

  it("the error of a step, even if the workflow would catch it", () => {
    const bench = new Bench(workflowOf(Effect.catch(charge(1), () => Effect.succeed(0))))
    bench.start()
    expect(bench.step("charge#0", failed({ _tag: "Unknown" })).parked).toMatchObject({ _tag: "PayloadUnreadable" })
  })

  it("an error of a step that declares none", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    expect(bench.step("echo#0", failed("any")).parked).toMatchObject({ _tag: "PayloadUnreadable", row: "step/echo#0" })
  })

  it("the run's input", () => {
    expect(new Bench(workflowOf(Effect.succeed(1))).start({ not: "null" })).toMatchObject({
      parked: { _tag: "PayloadUnreadable", row: "start" },
      history: { order: [] }
    })
  })

  it("and the run goes on once the schema takes it", () => {
    const typed = <A>(output: Schema.Codec<A, any>) => {
      const step = defineStep("typed", { input: Schema.Null, output, run: () => Effect.die("not run") })
      return workflowOf(Effect.andThen(step(null), echo(1)))
    }
    const bench = new Bench(typed(Schema.String))
    bench.start()
    bench.step("typed#0", "text")
    expect(bench.rebuilt({ workflow: typed(Schema.Number) }).parked).toMatchObject({ row: "step/typed#0" })
    expect(bench.rebuilt({ workflow: typed(Schema.Union([Schema.Number, Schema.String])) }).parked).toBeUndefined()
  })
})

describe("a step that ended without an answer", () => {
  it("is a defect that tells what happened", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    bench.step("echo#0", broken("echo"))
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "StepFailed", message: "out of order" } })
  })

  it("is an error for orFail, typed as it was stored", () => {
    const bench = new Bench(
      workflowOf(
        Effect.catch(echo.orFail(1), (error) =>
          Effect.succeed([error instanceof StepFailed, error.reason, error.attempts])
        )
      )
    )
    bench.start()
    bench.step("echo#0", broken("echo"))
    expect(bench.outcome?.value).toEqual([true, "defect", 5])
  })

  it("still tells its story if it was written by another version", () => {
    const bench = new Bench(
      workflowOf(Effect.catch(echo.orFail(1), (error) => Effect.succeed([error.step, error.cause])))
    )
    bench.start()
    bench.step("echo#0", { tag: "died", payload: { json: '{"new":"format"}' } })
    expect(bench.outcome?.value).toEqual(["echo", { new: "format" }])
  })

  it("does not hide a defect of the workflow's own behind orFail", () => {
    const bench = new Bench(
      workflowOf(Effect.catch(Effect.andThen(echo.orFail(1), Effect.die("mine")), () => Effect.succeed(0)))
    )
    bench.start()
    bench.step("echo#0")
    expect(bench.outcome).toEqual({ tag: "died", value: "mine" })
  })
})

describe("an outcome of the run that does not fit", () => {
  const types = { input: Schema.Null, output: Schema.Number, error: Declined }

  it("is a defect that says so: an output", () => {
    const bench = new Bench(defineWorkflow("misfit", { ...types, run: () => Effect.succeed("text" as never) }))
    bench.start()
    expect(bench.outcome).toMatchObject({
      tag: "died",
      value: { name: "InvalidOutcome", message: expect.stringContaining("output") }
    })
  })

  it("is a defect that says so, with the error itself: an error", () => {
    const bench = new Bench(defineWorkflow("misfit", { ...types, run: () => Effect.fail("text" as never) }))
    bench.start()
    expect(bench.outcome).toMatchObject({
      tag: "died",
      value: { name: "InvalidOutcome", cause: "text", message: expect.stringContaining("the error of workflow misfit") }
    })
  })
})

describe("how a run ends", () => {
  it.each<[string, Effect.Effect<unknown, Declined>, unknown]>([
    ["a success", Effect.succeed([1]), { tag: "succeeded", value: [1] }],
    ["a typed error", Effect.fail(new Declined({ code: 1 })), { tag: "failed", value: { _tag: "Declined", code: 1 } }],
    ["a defect", Effect.die(new TypeError("no")), { tag: "died", value: { name: "TypeError", message: "no" } }],
    [
      "a throw before any effect",
      Effect.suspend(() => {
        throw new RangeError("at once")
      }),
      { tag: "died", value: { name: "RangeError", message: "at once" } }
    ],
    [
      "an interruption of its own",
      Effect.interrupt,
      { tag: "died", value: { name: "Interrupted", message: "the workflow interrupted itself" } }
    ],
    [
      "a typed error that interrupts its siblings",
      Effect.all([Effect.sleep(1_000), Effect.fail(new Declined({ code: 2 }))], { concurrency: "unbounded" }),
      { tag: "failed", value: { _tag: "Declined", code: 2 } }
    ],
    [
      "an error and a defect",
      Effect.ensuring(Effect.fail(new Declined({ code: 3 })), Effect.die("worse")),
      {
        tag: "died",
        value: {
          name: "SeveralDefects",
          message: "Declined; worse",
          defects: [{ name: "Declined", _tag: "Declined", message: "", code: 3 }, "worse"]
        }
      }
    ]
  ])("%s", (_, body, outcome) => {
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.outcome).toEqual(outcome)
  })

  it("a throw in the function that makes the body", () => {
    const run = (): never => {
      throw new RangeError("at once")
    }
    const bench = new Bench(defineWorkflow("throws", { input: Schema.Null, output: Schema.Null, run }))
    bench.start()
    expect(bench.outcome).toMatchObject({ tag: "died", value: { name: "RangeError" } })
  })

  it("what is left of detached fibers asks for nothing afterwards", () => {
    const bench = new Bench(workflowOf(Effect.andThen(Effect.forkDetach(Effect.andThen(echo(1), echo(2))), echo(3))))
    bench.start()
    bench.step("echo#0")
    expect(bench.outcome?.tag).toBe("succeeded")
    expect(bench.step("echo#1").commands).toEqual([])
  })
})
