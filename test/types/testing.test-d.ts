import { defineSignal, defineWorkflow } from "dynactor"
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
