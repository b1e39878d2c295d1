import { defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, succeeds, TestRuntime, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { expect, it } from "vitest"

const look = defineStep("look", { input: Schema.Void, output: Schema.Boolean, run: async () => false })
const call = defineStep("call", { input: Schema.Void, output: Schema.Void, run: async () => {} })
const watch = defineWorkflow("watch", {
  input: Schema.Int,
  output: Schema.Void,
  run: Effect.fn(function* (rounds: number) {
    for (let round = 0; round < rounds; round++) {
      yield* look()
      yield* Effect.sleep("1 hour")
    }
    yield* call()
  })
})

it("folds the rounds of a loop in the report on a run that does not end", async () => {
  const error = await checkWorkflow(watch, { input: 1_000_000, steps: { look: succeeds(false) } }).catch(
    (reason) => reason
  )
  if (!(error instanceof WorkflowCheckFailed)) throw error
  expect(error.kind).toBe("endless")
  const lines = error.message.split("\n").slice(2, 7)
  expect(lines.map((line) => line.replace(/^ *\d+\. +(\d+d )?\S+ +/, ""))).toEqual([
    expect.stringContaining("watch starts with 1000000"),
    expect.stringContaining("step look#0 succeeds with false"),
    expect.stringContaining("the timer of 1 hour fires"),
    expect.stringMatching(/^ {5}\.\.\. these 2 lines \d{3} more times, until \d+d \d+:/),
    expect.anything()
  ])
  expect(error.message.split("\n").length).toBeLessThan(20)
})

it("tells what comes after a loop, and all of a short one", async () => {
  const storyOf = async (rounds: number) => {
    const runtime = new TestRuntime({ steps: { look: succeeds(false) } })
    const run = await runtime.start(watch, { input: rounds })
    await runtime.advance("60 days")
    return run.story.split("\n")
  }
  expect(await storyOf(5)).toHaveLength(13)
  const long = await storyOf(100)
  expect(long).toHaveLength(6)
  expect(long[3]).toMatch(/these 2 lines 99 more times, until 4d 4:00:00\.000$/)
  expect(long[4]).toMatch(/^202\. .*step call#0 succeeds$/)
})
