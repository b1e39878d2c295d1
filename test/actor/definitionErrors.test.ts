import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineLimit } from "../../src/actor/calls/limits/defineLimit.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { makeRegistry } from "../../src/streams/turns/registry.ts"

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
    ["a first delay that is no number", { retry: { initial: Number.NaN } }, "retry.initial is NaN"],
    ["no attempt", { retry: { attempts: 0 } }, "retry.attempts is 0"],
    ["an output that is not there", { output: undefined }, "output is undefined, no schema"],
    ["an input that is not there", { input: undefined }, "input is undefined, no schema"],
    ["an error that is not there", { error: undefined }, "error is undefined, no schema"],
    ["an input that is no schema", { input: String }, "input is function, no schema"],
    ["no code", { run: undefined }, "run is no function"],
    ["an option that there is not", { retries: 3 }, 'no option "retries"'],
    [
      "a length of time in a unit that there is not",
      { retry: { initial: { secs: 5 } } },
      "retry.initial is { secs: 5 }"
    ],
    ["a length of time of nothing", { retry: { max: {} } }, "retry.max is {"],
    [
      "a length of time that is not there",
      { retry: { initial: { seconds: undefined } } },
      "retry.initial is { seconds"
    ],
    ["a time-out that is null", { timeout: null }, "timeout is null: give it a value, or leave it out"],
    ["attempts that are null", { retry: { attempts: null } }, "retry: attempts is null"],
    ["inline that is null", { inline: null }, "inline is null"],
    ["retries that are a number", { retry: 3 }, "retry is 3: an object with some of attempts"],
    ["retries that are null", { retry: null }, "retry is null"],
    ["inline that is neither", { inline: "yes" }, "inline"],
    ["a time to start of nothing", { scheduleToStart: 0 }, "scheduleToStart is 0"],
    ["a heartbeat of less than nothing", { heartbeat: -1 }, "heartbeat is -1"],
    ["a heartbeat that is no number", { heartbeat: Number.NaN }, "heartbeat is NaN"],
    ["details that nothing tells", { details: Schema.Null }, "details are told by heartbeats"],
    ["details that are no schema", { heartbeat: 1, details: Number }, "details is function, no schema"],
    ["at most once that is neither", { atMostOnce: 1 }, "atMostOnce is 1: true or false"],
    ["one time-out under both names", { timeout: 1, startToClose: 1 }, "timeout and startToClose are one thing"],
    ["an inline step with heartbeats", { inline: true, heartbeat: 1 }, "heartbeat is for steps on the queue"],
    ["an inline step that begins in time", { inline: true, scheduleToStart: 1 }, "scheduleToStart is for steps"],
    ["an inline step at most once", { inline: true, atMostOnce: true }, "atMostOnce is for steps on the queue"],
    ["a list that is no list", { retry: { retryable: "Busy" } }, "retry.retryable is neither"],
    ["a list of what are no names", { retry: { nonRetryable: [1] } }, "retry.nonRetryable is neither"]
  ])("%s", (_, options, part) => {
    const define = () => defineStep("charge", { ...right, ...options } as never)
    expect(define).toThrow(/^step charge/)
    expect(define).toThrow(part)
  })

  it.each([undefined, null, "input"])("options that are none: %j", (options) => {
    expect(() => defineStep("charge", options as never)).toThrow(/^step charge is .*: an object with some of input/)
    expect(() => defineWorkflow("orders", options as never)).toThrow(/^workflow orders is .*: an object with some of/)
  })

  it.each([undefined, null, 5, ["a"]])("a name that is no text, though its letters would do: %j", (name) => {
    expect(() => defineStep(name as never, right)).toThrow(/^step name .*: use 1 to 64/)
    expect(() => defineWorkflow(name as never, right)).toThrow(/^workflow name .*: use 1 to 64/)
    expect(() => defineSignal(name as never, Schema.Null)).toThrow(/^signal name .*: use 1 to 64/)
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
    ["an option that there is not", { retry: {} }, 'no option "retry"'],
    ["a body that is not there", { run: undefined }, "run is no function"]
  ])("%s", (_, options, part) => {
    const define = () => defineWorkflow("orders", { ...right, ...options } as never)
    expect(define).toThrow(/^workflow orders/)
    expect(define).toThrow(part)
  })

  it.each([2, null])("a version that is no text: %j", (version) => {
    expect(() => defineWorkflow("orders", { ...right, version: version as never })).toThrow(
      `version ${version} of workflow orders: use 1 to 32`
    )
  })

  it("a payload that is not there", () => {
    expect(() => defineSignal("approved", undefined as never)).toThrow(/^signal approved: payload is undefined/)
  })
})

describe("nor does a host of what is no definition", () => {
  const step = defineStep("charge", right)
  const workflow = defineWorkflow("orders", right)

  it.each<[string, ReadonlyArray<unknown>, ReadonlyArray<unknown>, string]>([
    ["a step that is not there", [workflow], [step, undefined], "steps[1] is undefined"],
    ["a workflow that is not there", [undefined], [], "workflows[0] is undefined"],
    ["a step among workflows", [workflow, step], [], "workflows[1] is no workflow"],
    ["a workflow among steps", [workflow], [workflow], "steps[0] is no step"],
    ["code of its own", [workflow], [() => 1], "steps[0] is no step"]
  ])("%s", (_, workflows, steps, part) => {
    expect(() => makeRegistry(workflows as never, steps as never)).toThrow(part)
  })

  it("and says of what is undefined what that comes from", () => {
    expect(() => makeRegistry([], [undefined as never])).toThrow("import each other")
  })
})

describe("nor does a limit", () => {
  it.each<[string, object, string]>([
    ["without numbers", {}, "limits nothing"],
    ["of no place", { concurrency: 0 }, "concurrency is 0"],
    ["of half a place", { concurrency: 1.5 }, "concurrency is 1.5"],
    ["of more places than a head has room for", { concurrency: 501 }, "concurrency is 501"],
    ["of a text", { concurrency: "10" }, 'concurrency is "10"'],
    ["with a rate that cannot be read", { rate: "often" }, 'rate is "often": use a text such as "100/minute"'],
    ["with a rate of nothing", { rate: "0/minute" }, 'rate is "0/minute": 1 to 10000'],
    ["with a rate of a number", { rate: 5 }, "rate is 5"],
    ["with a rate of no time", { rate: "5/0 seconds" }, "a period of 100 milliseconds to 31 days"],
    ["with a rate of a year", { rate: { count: 1, per: "365 days" } }, "a period of 100 milliseconds to 31 days"],
    ["with an option that there is not", { perMinute: 5 }, 'no option "perMinute"']
  ])("%s", (_, options, part) => {
    const define = () => defineLimit("stripe", options as never)
    expect(define).toThrow(/^limit stripe/)
    expect(define).toThrow(part)
  })

  it("with a name that its keys leave no room for, or none", () => {
    expect(() => defineLimit("x".repeat(41), { concurrency: 1 })).toThrow("at most 40 characters")
    expect(() => defineLimit("a b", { concurrency: 1 })).toThrow(/^limit name "a b": use 1 to 64/)
    expect(() => defineLimit("dynactor.mine", { concurrency: 1 })).toThrow("the runtime's own")
  })

  it("by which nothing can be held", () => {
    const stripe = defineLimit("stripe", { concurrency: 1 })
    const step = (limit: unknown) => () => defineStep("charge", { ...right, limit } as never)
    const workflow = (limits: unknown) => () => defineWorkflow("orders", { ...right, limits } as never)
    expect(step(stripe)).toThrow("limit stripe stands there without its key")
    expect(step({ limit: stripe })).toThrow("the key of limit stripe is undefined: a function of the input")
    expect(step({ limit: stripe, key: () => "a", priority: 1 })).toThrow("the priority for limit stripe is 1")
    expect(step({ limit: stripe, key: () => "a", rank: 1 })).toThrow('no option "rank"')
    expect(workflow(stripe)).toThrow("a list such as")
    expect(workflow([undefined])).toThrow("undefined is no limit")
  })

  it("of one name with other numbers, in one host", () => {
    const limited = (name: string, concurrency: number) =>
      defineWorkflow(name, { ...right, limits: [{ limit: defineLimit("stripe", { concurrency }), key: () => "a" }] })
    expect(() => makeRegistry([limited("a", 1), limited("b", 2)], [])).toThrow(
      "two different definitions of limit stripe: workflow a and workflow b"
    )
    expect(() => makeRegistry([limited("a", 1), limited("b", 1)], [])).not.toThrow()
  })
})
