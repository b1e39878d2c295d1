import { TestRuntime } from "dynactor/testing"
import { expect, it } from "vitest"
import { move, payOut } from "../../examples/guide/transactions.ts"
import { TransactionCancelled } from "../../src/index.ts"

it("the step of the page is handed in as it is, and fails with its own error where a condition does not hold", async () => {
  const world = { cents: 100 }
  const runtime = new TestRuntime({
    steps: { move },
    world,
    transact: ({ items }, { world }) => {
      const [take] = (items ?? []) as ReadonlyArray<{ Update: { ExpressionAttributeValues: { ":cents": number } } }>
      const cents = take?.Update.ExpressionAttributeValues[":cents"] ?? 0
      const reasons = [{ index: 0, code: "ConditionalCheckFailed" }]
      if (world.cents < cents) return new TransactionCancelled({ message: "too little", reasons })
      world.cents -= cents
    }
  })
  const transfer = { from: "a", to: "b", cents: 70 }
  expect((await runtime.start(payOut, { input: transfer })).outcome).toEqual({ tag: "succeeded", value: 70 })
  expect((await runtime.start(payOut, { input: transfer })).outcome).toMatchObject({
    tag: "failed",
    error: { account: "a" }
  })
  expect(world).toEqual({ cents: 30 })
})
