import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"

// What is wrong with a definition is said when it loads, with its name.

const right = { input: Schema.Null, output: Schema.Null, run: () => Effect.succeed(null) }

describe("a step that cannot be right does not load", () => {
  it.each<[string, object, string]>([
    ["a time-out that is no number", { timeout: Number.NaN }, "timeout is NaN"],
    ["a time-out of nothing", { timeout: 0 }, "timeout is 0"],
    ["a time-out of less than nothing", { timeout: -1 }, "timeout is -1"],
    ["a text that is no time-out", { timeout: "soon" }, 'timeout is "soon"'],
    ["a time-out of parts that are no numbers", { timeout: { seconds: Number.NaN } }, "timeout"],
    ["a retry that becomes another in silence", { retry: { initial: "1 hour" } }, "retry.initial is 3600000 ms"],
    ["delays without end", { retry: { initial: "Infinity", max: "Infinity" } }, "retry"],
    ["no attempt", { retry: { attempts: 0 } }, "retry.attempts is 0"],
    ["an output that is not there", { output: undefined }, "output is undefined, no schema"],
    ["an input that is not there", { input: undefined }, "input is undefined, no schema"],
    ["an error that is not there", { error: undefined }, "error is undefined, no schema"],
    ["an input that is no schema", { input: String }, "input is function, no schema"],
    ["no code", { run: undefined }, "run is no function"],
    ["an option that there is not", { retries: 3 }, 'no option "retries"'],
    ["inline that is neither", { inline: "yes" }, "inline"]
  ])("%s", (_, options, part) => {
    const define = () => defineStep("charge", { ...right, ...options } as never)
    expect(define).toThrow(/^step charge/)
    expect(define).toThrow(part)
  })

  it("and says of a schema that is undefined what that comes from", () => {
    expect(() => defineStep("charge", { ...right, output: undefined as never })).toThrow("import each other")
  })

  it("but loads at the very edge of sense", () => {
    const timeouts = [1, "1 millis", "Infinity", Number.POSITIVE_INFINITY] as const
    expect(timeouts.map((timeout) => defineStep("charge", { ...right, timeout }).timeoutMs)).toEqual([
      1,
      1,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY
    ])
  })
})

describe("nor does a workflow or a signal", () => {
  it.each<[string, object, string]>([
    ["an output that is not there", { output: undefined }, "output is undefined, no schema"],
    ["an error that is no schema", { error: "Declined" }, "error is string, no schema"],
    ["an option that there is not", { retry: {} }, 'no option "retry"']
  ])("%s", (_, options, part) => {
    const define = () => defineWorkflow("orders", { ...right, ...options } as never)
    expect(define).toThrow(/^workflow orders/)
    expect(define).toThrow(part)
  })

  it("a payload that is not there", () => {
    expect(() => defineSignal("approved", undefined as never)).toThrow(/^signal approved: payload is undefined/)
  })
})
