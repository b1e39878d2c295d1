import { TestRuntime } from "dynactor/testing"
import { expect, it } from "vitest"
import { greet, greetAndSleep, woken } from "../../examples/greet-and-sleep/greetAndSleep.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const start = () => new TestRuntime({ steps: { greet } })

it("sleeps for a day", async () => {
  const runtime = start()
  const run = await runtime.start(greetAndSleep, { input: "Ada", runId: "ada" })
  expect(run.waitsFor).toEqual(["timer night#0", "signal woken"])
  await runtime.advance("1 day")
  expect(run.outcome).toEqual({ tag: "succeeded", value: ["Hello, Ada!", "Good-bye, Ada!"] })
  await keepHistory("greet-and-sleep", run)
})

it("is woken before that", async () => {
  const runtime = start()
  const run = await runtime.start(greetAndSleep, { input: "Ada", runId: "ada" })
  await runtime.advance("8 hours")
  await run.signal(woken, { by: "Bob" })
  expect(run.outcome).toEqual({ tag: "succeeded", value: ["Hello, Ada!", "Good-bye, Bob!"] })
  await keepHistory("greet-and-sleep.woken", run)
})
