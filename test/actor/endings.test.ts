import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { compensateWith } from "../../src/actor/calls/compensation.ts"
import { Run } from "../../src/actor/definitions/run.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { Bench } from "./bench.ts"
import { charge, Declined, echo, pack, workflowOf } from "./definitions.ts"

// What is told of a run that did not end as it should: by whom, after what, and with all of its reasons.

const outcomeOf = (bench: Bench) => bench.outcome as { readonly tag: string; readonly value: any }

describe("a finalizer that fails says after what", () => {
  const failing = Effect.addFinalizer(() => Effect.die("finalizer"))

  it("a success", () => {
    const bench = new Bench(workflowOf(Effect.andThen(failing, Effect.succeed(1))))
    bench.start()
    expect(outcomeOf(bench)).toEqual({
      tag: "died",
      value: {
        _tag: "CompensationFailed",
        message: expect.stringMatching(/: success$/),
        failures: ["finalizer"]
      }
    })
  })

  it("a cancellation", () => {
    const bench = new Bench(workflowOf(Effect.andThen(failing, Effect.sleep(1_000))))
    bench.start()
    bench.cancel("stop")
    expect(outcomeOf(bench)).toMatchObject({
      tag: "died",
      value: { message: expect.stringMatching(/: cancellation$/) }
    })
  })

  it("a defect of a run that was cancelled as well", () => {
    const body = Effect.andThen(failing, Effect.ensuring(Effect.sleep(1_000), Effect.die("on the way out")))
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.cancel("stop")
    const { value } = outcomeOf(bench)
    expect(value.message).toContain("on the way out")
    expect(value.message).not.toContain("cancellation")
  })

  it("an error, and what else failed", () => {
    const undo = (name: string) => compensateWith(() => Effect.die(name))
    const body = Effect.andThen(
      Effect.all([Effect.succeed(1).pipe(undo("one")), Effect.succeed(2).pipe(undo("two"))]),
      Effect.fail(new Declined({ code: 51 }))
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    const { value } = outcomeOf(bench)
    expect(value.message).toContain("Declined")
    expect([...value.failures].sort()).toEqual(["one", "two"])
  })
})

describe("a cancelled run", () => {
  it("whose child dies once it was asked to cancel is cancelled all the same", () => {
    const bench = new Bench(workflowOf(pack.child(1)))
    bench.start()
    bench.cancel("stop")
    bench.child("pack#0", { tag: "died", payload: { json: '{"message":"out of boxes"}' } })
    // The wait was interrupted: the child's end is awaited, its answer is nobody's any more.
    expect(outcomeOf(bench)).toEqual({ tag: "cancelled", value: "stop" })
  })

  it("in whose uninterruptible region a child was cancelled is cancelled, not dead", () => {
    for (const [answer, tag] of [
      ["cancelled", "cancelled"],
      ["died", "died"]
    ] as const) {
      const bench = new Bench(workflowOf(Effect.uninterruptible(pack.child(1))))
      bench.start()
      expect(bench.cancel("stop").commands).toMatchObject([{ kind: "cancelChild", key: "pack#0" }])
      bench.child("pack#0", { tag: answer, payload: { json: "null" } })
      expect(outcomeOf(bench).tag).toBe(tag)
    }
  })

  it("in whose region something else dies has died of that", () => {
    const body = Effect.uninterruptible(Effect.andThen(echo(1), Effect.die(new TypeError("no"))))
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.cancel("stop")
    bench.step("echo#0")
    expect(outcomeOf(bench)).toMatchObject({ tag: "died", value: { name: "TypeError" } })
  })

  it("that gave no reason has none", () => {
    const bench = new Bench(workflowOf(Effect.sleep(1_000)))
    bench.start()
    bench.cancel(null)
    expect(outcomeOf(bench)).toEqual({ tag: "cancelled", value: null })
  })
})

describe("a run that asks for what does not fit", () => {
  it("says which step, and that it was never tried", () => {
    const bench = new Bench(workflowOf(charge("much" as never)))
    bench.start()
    expect(outcomeOf(bench).value).toMatchObject({
      _tag: "StepFailed",
      step: "charge",
      reason: "invalidInput",
      attempts: 0,
      message: expect.stringContaining("charge")
    })
  })

  it("says which workflow, and that there is no run of it", () => {
    const bench = new Bench(workflowOf(pack.child("one" as never)))
    bench.start()
    expect(outcomeOf(bench).value).toMatchObject({
      _tag: "ChildFailed",
      workflow: "pack",
      runId: "",
      reason: "died",
      message: expect.stringContaining("pack")
    })
  })
})

describe("a child run that died", () => {
  it.each([
    ["null", "died", "died"],
    ['"text"', "died", "died"],
    ["5", "died", "died"],
    ['{"_tag":"Other"}', "died", "died"],
    ['{"_tag":"RunConflict"}', "conflict", "was not started"]
  ])("of %s has the reason %s, and tells its cause", (json, reason, said) => {
    const bench = new Bench(workflowOf(pack.child(1)))
    bench.start()
    bench.child("pack#0", { tag: "died", payload: { json } })
    const { value } = outcomeOf(bench)
    expect(value).toMatchObject({ _tag: "ChildFailed", workflow: "pack", runId: "run-1:pack#0", reason })
    expect(value.message).toContain(`child run run-1:pack#0 of workflow pack ${said}`)
  })

  it.each([
    ["output", { tag: "succeeded", payload: { json: '"text"' } }],
    ["error", { tag: "failed", payload: { json: '"text"' } }]
  ] as const)("with an %s that today's schema does not read parks its parent", (_, outcome) => {
    const bench = new Bench(workflowOf(pack.child(1)))
    bench.start()
    expect(bench.child("pack#0", outcome)).toMatchObject({
      parked: {
        _tag: "PayloadUnreadable",
        row: "child/pack#0",
        message: expect.stringContaining("the answer of child run pack#0 does not decode")
      },
      adopted: []
    })
  })
})

describe("a child run's command", () => {
  const fingerprintOf = (body: Effect.Effect<unknown, any, any>) => {
    const [command] = new Bench(workflowOf(body)).start().commands
    if (command?.kind !== "child") throw new Error("no child was asked for")
    return command.fingerprint
  }

  it("is another for another input, version or run id, and the same for the same", () => {
    const later = defineWorkflow("pack", {
      version: "2",
      input: Schema.Number,
      output: Schema.Number,
      error: Declined,
      run: (input) => Effect.succeed(input)
    })
    const prints = [pack.child(1), pack.child(2), pack.child(1, { runId: "mine" }), later.child(1)].map(fingerprintOf)
    expect(new Set(prints).size).toBe(4)
    expect(fingerprintOf(pack.child(1))).toBe(prints[0])
  })
})

describe("the run", () => {
  it("tells the workflow who it is, as its start has it", () => {
    const body = Effect.map(Run, ({ runId, workflow, definitionVersion, startedAt }) => ({
      runId,
      workflow,
      definitionVersion,
      startedAt
    }))
    const bench = new Bench(workflowOf(Effect.andThen(Effect.sleep(500), body)), { runId: "order-5" })
    bench.start()
    bench.timer("500ms#0")
    expect(outcomeOf(bench).value).toEqual({
      runId: "order-5",
      workflow: "tested",
      definitionVersion: "1",
      startedAt: 1_000
    })
  })
})
