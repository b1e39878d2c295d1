import { TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { closed, createUser, EmailTaken, sendMail, signUp } from "../../examples/user-signup/signUp.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const person = { email: "ada@example.com", name: "Ada" }
const mailsOf = (run: { readonly steps: ReadonlyArray<{ readonly name: string; readonly input: any }> }) =>
  run.steps.filter(({ name }) => name === "sendMail").map(({ input }) => input.template)

it("welcomes, and follows up after a week to the day", async () => {
  const runtime = new TestRuntime({ steps: { createUser, sendMail } })
  const run = await runtime.start(signUp, { input: person, runId: "ada" })
  expect(mailsOf(run)).toEqual(["welcome"])
  await runtime.advance("6 days")
  await runtime.advance("23 hours")
  expect(mailsOf(run)).toEqual(["welcome"])
  await runtime.advance("1 hour")
  expect(mailsOf(run)).toEqual(["welcome", "followUp"])
  expect(run.outcome).toEqual({ tag: "succeeded", value: { user: "user of ada", wasFollowedUp: true } })
  await keepHistory("user-signup", run)
})

it("leaves alone who has gone meanwhile", async () => {
  const runtime = new TestRuntime({ steps: { createUser, sendMail } })
  const run = await runtime.start(signUp, { input: person, runId: "ada" })
  await runtime.advance("2 days")
  await run.signal(closed, null)
  expect(run.outcome).toEqual({ tag: "succeeded", value: { user: "user of ada", wasFollowedUp: false } })
  expect(mailsOf(run)).toEqual(["welcome"])
  await keepHistory("user-signup.gone", run)
})

it("sends nothing to an address that is taken, and asks once", async () => {
  const taken = () => Effect.fail(new EmailTaken({ email: person.email }))
  const run = await new TestRuntime({ steps: { createUser: taken, sendMail } }).start(signUp, { input: person })
  expect(run.outcome).toEqual({ tag: "failed", error: new EmailTaken({ email: person.email }) })
  expect(mailsOf(run)).toEqual([])
})
