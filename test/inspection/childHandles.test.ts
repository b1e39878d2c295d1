import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { withPort } from "../../src/actor/definitions/withPort.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { Learned } from "../../src/inspection/replay/learned.ts"
import { learning } from "../../src/inspection/replay/watch.ts"
import { checkWorkflow, TestRuntime } from "../../src/testing.ts"

const text = { input: Schema.String, output: Schema.String }
const go = defineSignal("go", Schema.String)
const tell = defineStep("tell", { ...text, run: async (input) => input })
const child = defineWorkflow("child", { ...text, run: () => go.receive })
const parent = defineWorkflow("parent", {
  ...text,
  run: Effect.fn(function* (input) {
    const started = yield* child.start(input)
    yield* started.signal(go, input)
    const told = yield* tell(started.runId)
    return `${told} ${yield* Effect.orDie(started.await)}`
  })
})

// Whoever looks on has the body meet what it would meet without.
it("a child run has its id for a body that is looked at, and in a test", async () => {
  const learned = new Learned()
  for (const workflow of [withPort(parent, learning(learned)) as unknown as typeof parent, parent]) {
    const run = await new TestRuntime({ steps: { tell } }).start(workflow, { runId: "p", input: "a" })
    expect(run.outcome).toEqual({ tag: "succeeded", value: "p:child#0 a" })
  }
  expect([...learned.signals.keys()]).toEqual(["go"])
  await checkWorkflow(parent, { schedules: 20, always: ({ steps }) => steps.every(({ input }) => input !== undefined) })
})
