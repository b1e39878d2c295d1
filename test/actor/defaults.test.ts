import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { ChildFailed } from "../../src/actor/errors.ts"
import { decodeStepFailed } from "../../src/actor/history/stepFailure.ts"
import { Bench, broken } from "./bench.ts"
import { pack, workflowOf } from "./definitions.ts"

// What a definition is where it says nothing.

const types = { input: Schema.Number, output: Schema.String }

describe("a step that says no more than it must", () => {
  const step = defineStep("plain", { ...types, run: () => Effect.succeed("done") })

  it("is queued, is tried five times, and ends after a minute", () => {
    expect({ ...step }).toMatchObject({ stepName: "plain", inline: false, timeoutMs: 60_000, retry: { attempts: 5 } })
  })

  it("has no typed errors", () => {
    expect(Result.isFailure(step.error().encode("any" as never))).toBe(true)
    expect(Result.isFailure(step.error().decode({ json: '"any"' }))).toBe(true)
  })

  it("keeps what it does say", () => {
    const run = () => Effect.succeed("done")
    const more = defineStep("more", { ...types, inline: true, timeout: "2 seconds", retry: { attempts: 2 }, run })
    expect({ ...more }).toMatchObject({ inline: true, timeoutMs: 2_000, retry: { attempts: 2 } })
    expect(more.execute).toBe(run)
    const endless = defineStep("endless", { ...types, timeout: "Infinity", run })
    expect(endless.timeoutMs).toBe(Number.POSITIVE_INFINITY)
  })
})

describe("a definition's codecs", () => {
  it("are made of its own schemas, once, when they are first needed", () => {
    const definitions = [
      defineStep("typed", { ...types, error: Schema.Boolean, run: () => Effect.succeed("done") }),
      defineWorkflow("typed", { ...types, error: Schema.Boolean, run: () => Effect.succeed("done") })
    ]
    for (const { input, output, error } of definitions) {
      expect([input(), output(), error()].map(({ schema }) => schema)).toEqual([
        Schema.Number,
        Schema.String,
        Schema.Boolean
      ])
      expect(input()).toBe(input())
    }
    const signal = defineSignal("typed", Schema.Number)
    expect(signal.codec().schema).toBe(Schema.Number)
  })

  it("let no typed error out of a workflow that declares none", () => {
    const workflow = defineWorkflow("plain", { ...types, run: () => Effect.succeed("done") })
    expect(Result.isFailure(workflow.error().encode("any" as never))).toBe(true)
  })
})

describe("childOrFail", () => {
  it("does not hide a defect of the workflow's own", () => {
    const body = Effect.catch(Effect.andThen(pack.childOrFail(1), Effect.die("mine")), () => Effect.succeed("hidden"))
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.child("pack#0", 1)
    expect(bench.outcome).toEqual({ tag: "died", value: "mine" })
  })

  it("tells which child, and why", () => {
    const body = Effect.catch(pack.childOrFail(1), (error) =>
      Effect.succeed(error instanceof ChildFailed ? { ...error, cause: error.cause } : "Declined")
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.child("pack#0", { tag: "died", payload: { json: '{"name":"Error"}' } })
    expect(bench.outcome?.value).toMatchObject({
      workflow: "pack",
      runId: "run-1:pack#0",
      reason: "died",
      cause: { name: "Error" }
    })
  })
})

describe("the stored form of a failed step", () => {
  it("comes back as it was", () => {
    const outcome = broken("charge")
    expect(outcome.tag).toBe("died")
    const back = decodeStepFailed("charge", JSON.parse((outcome.payload as { readonly json: string }).json))
    expect(back).toMatchObject({ _tag: "StepFailed", step: "charge", reason: "defect", attempts: 5 })
  })

  it("of another release is a defect of unknown attempts, with all that it says", () => {
    for (const cause of [{ new: "format" }, null, "text"]) {
      const failure = decodeStepFailed("charge", cause)
      expect(failure).toMatchObject({ _tag: "StepFailed", step: "charge", reason: "defect", attempts: 0 })
      expect(failure.cause).toEqual(cause)
    }
  })
})
