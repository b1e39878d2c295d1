import { defineStep, defineWorkflow } from "dynactor"
import { TestRuntime } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { expect, test } from "vitest"

const text = { input: Schema.String, output: Schema.String }
const book = defineStep("book", { ...text, run: async (order) => `${order}, booked` })
const store = defineStep("store", { ...text, run: async (what) => what })
const keep = defineWorkflow("keep", { ...text, run: (order) => Effect.flatMap(Effect.orDie(book(order)), store) })

test("a retry books no second time", async () => {
  let isOpen = false
  const closed = async (what: string) => (isOpen ? what : Promise.reject(new Error("closed")))
  const runtime = new TestRuntime({ steps: { book, store: closed } })
  const run = await runtime.start(keep, { input: "bike" })
  await runtime.advance("1 day") // as many attempts as its policy has
  expect(run.outcome?.tag).toBe("died")

  isOpen = true
  await run.retry({ reason: "it is open" })
  expect(run.outcome).toEqual({ tag: "succeeded", value: "bike, booked" })
  expect(run.timesSucceeded("book")).toBe(1)
})

test("a fork keeps what was booked by hand", async () => {
  const runtime = new TestRuntime({ steps: { book, store } })
  const run = await runtime.start(keep, { input: "bike" })
  const outcomes = { "step/book#0": { succeeded: "a boat, by hand" } }
  const { runId } = await run.fork({ at: "step/store#0", outcomes })
  expect(runtime.run(runId, keep).outcome).toEqual({ tag: "succeeded", value: "a boat, by hand" })
})
