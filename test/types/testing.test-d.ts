import {
  defineSignal,
  defineWorkflow,
  type ForkOptions,
  type Repair,
  type ResetOptions,
  type RetryOptions
} from "dynactor"
import { type CheckReport, checkWorkflow, type RunOutcome, TestRuntime } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { expectTypeOf, test } from "vitest"

const Order = Schema.Struct({ id: Schema.String })
class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}
const sell = defineWorkflow("sell", {
  input: Order,
  output: Schema.Int,
  error: Declined,
  run: () => Effect.succeed(1)
})
const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

test("properties see the types of the workflow, of the world and of the facts", () => {
  const checked = () =>
    checkWorkflow(sell, {
      world: () => ({ charges: new Map<string, number>() }),
      effects: (world) => world.charges.size,
      facts: { charged: (run) => run.world.charges.size > 0 && run.input.id !== "" },
      always: (run) => {
        expectTypeOf(run.input).toEqualTypeOf<typeof Order.Type>()
        expectTypeOf(run.outcome).toEqualTypeOf<RunOutcome<number, Declined> | undefined>()
        expectTypeOf(run.world.charges).toEqualTypeOf<Map<string, number>>()
        return run.neverBoth("charged", run.cancelled)
      }
    })
  expectTypeOf(checked).returns.toEqualTypeOf<Promise<CheckReport>>()
})

test("an input of another type does not compile", () => {
  // @ts-expect-error
  const wrong = () => checkWorkflow(sell, { input: Schema.Int })
  expectTypeOf(wrong).toBeFunction()
})

test("a test run is typed by its workflow", () => {
  const program = async () => {
    const runtime = new TestRuntime()
    // @ts-expect-error: no id
    await runtime.start(sell, { input: {} })
    const run = await runtime.start(sell, { input: { id: "o" } })
    // @ts-expect-error: by is a string
    await run.signal(approved, { by: 1 })
    return run.outcome
  }
  expectTypeOf(program).returns.resolves.toEqualTypeOf<RunOutcome<number, Declined> | undefined>()
})

test("repairs of a test run take what the client takes, and answer as it does", () => {
  const program = async () => {
    const run = await new TestRuntime().start(sell, { input: { id: "o" } })
    expectTypeOf(run.retry).parameters.toEqualTypeOf<[options?: RetryOptions | undefined]>()
    expectTypeOf(run.reset).parameters.toEqualTypeOf<[options: ResetOptions]>()
    expectTypeOf(run.fork).parameters.toEqualTypeOf<[options: ForkOptions]>()
    // @ts-expect-error: from which message?
    await run.reset({ reason: "wrong" })
    return Promise.all([run.retry(), run.reset({ at: 1 }), run.fork({ at: "step/a#0" })])
  }
  expectTypeOf(program).returns.resolves.toEqualTypeOf<[Repair, Repair, Repair]>()
})

test("a child run of a test runtime is typed by its workflow, if it is given", () => {
  const runtime = new TestRuntime()
  const child = () => runtime.run("run-1:sell#0", sell)
  expectTypeOf(child).returns.toHaveProperty("input").toEqualTypeOf<typeof Order.Type>()
  expectTypeOf(child).returns.toHaveProperty("outcome").toEqualTypeOf<RunOutcome<number, Declined> | undefined>()
  expectTypeOf(() => runtime.run("run-1").input).returns.toBeUnknown()
})

test("what is loaded again is a workflow of the same types", () => {
  const other = defineWorkflow("other", {
    input: Schema.Int,
    output: Schema.Int,
    run: (count) => Effect.succeed(count)
  })
  const checked = () => checkWorkflow(sell, { reload: async () => sell })
  // @ts-expect-error: another input
  const wrong = () => checkWorkflow(sell, { reload: async () => other })
  expectTypeOf(checked).toBeFunction()
  expectTypeOf(wrong).toBeFunction()
})
