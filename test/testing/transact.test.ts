import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { defineStep, defineWorkflow, TransactionCancelled } from "../../src/index.ts"
import { checkWorkflow, succeeds, TestRuntime } from "../../src/testing.ts"

class NotEnough extends Schema.TaggedError<NotEnough>()("NotEnough", {}) {}

const move = defineStep("move", {
  input: Schema.Number,
  output: Schema.Number,
  error: NotEnough,
  retry: { nonRetryable: ["NotEnough"] },
  transaction: (cents) => ({
    items: [{ Update: { TableName: "accounts", Key: { id: "a" }, cents } }],
    output: cents,
    onCancelled: () => new NotEnough()
  })
})

const moves = defineWorkflow("moves", {
  input: Schema.Number,
  output: Schema.Number,
  error: NotEnough,
  run: (cents) => move(cents)
})

it("hands what is written to whoever takes it in a test, and fails as that says", async () => {
  const world = { cents: 100, taken: [] as Array<unknown> }
  const runtime = new TestRuntime({
    steps: { move },
    world,
    transact: ({ items }, { runId, step, world }) => {
      const [item] = items ?? []
      const cents = (item?.Update as { cents?: number } | undefined)?.cents ?? 0
      if (world.cents < cents)
        return new TransactionCancelled({ message: "no", reasons: [{ index: 0, code: "ConditionalCheckFailed" }] })
      world.cents -= cents
      world.taken.push([runId, step])
    }
  })
  const first = await runtime.start(moves, { input: 70, runId: "first" })
  expect(first.outcome).toEqual({ tag: "succeeded", value: 70 })
  const second = await runtime.start(moves, { input: 70, runId: "second" })
  expect(second.outcome).toEqual({ tag: "failed", error: new NotEnough() })
  expect(world).toEqual({ cents: 30, taken: [["first", "move"]] })
})

it("asks for no plan of a stand-in", async () => {
  const run = await new TestRuntime({ steps: { move: succeeds(7) } }).start(moves, { input: 7 })
  expect(run.outcome).toEqual({ tag: "succeeded", value: 7 })
})

it("takes them once in each schedule, whatever becomes of workers", async () => {
  let lost = 0
  await checkWorkflow(moves, {
    schedules: 200,
    input: 5,
    steps: { move },
    world: () => ({ taken: 0 }),
    effects: (world) => world.taken,
    transact: (_, { world }) => {
      world.taken++
    },
    atEnd: (run) => {
      const executions = run.steps.reduce((sum, step) => sum + step.executions, 0)
      if (executions > 1) lost++
      return run.outcome?.tag === "succeeded" ? run.world.taken === 1 : run.world.taken <= 1
    }
  })
  expect(lost).toBeGreaterThan(0)
})
