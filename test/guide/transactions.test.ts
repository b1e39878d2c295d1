import { DatabaseSync } from "node:sqlite"
import { TestRuntime } from "dynactor/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { placeOrderInFile } from "../../examples/guide/outbox.ts"
import { move, moveInFile, payOut } from "../../examples/guide/transactions.ts"
import { Client, TransactionCancelled } from "../../src/index.ts"
import { live, openEngine, tempFile, withSql } from "../streams/engine.ts"

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

live("an order of the page starts its run, which moves the money; and once, however often it is placed", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    // On the page the host of the file has the step that is for it, under the same name.
    const { client, services } = yield* openEngine({ filename, workflows: [payOut], steps: [moveInFile] })
    yield* withSql(filename, (file) => {
      file.exec("create table orders (id text primary key, cents integer)")
      file.exec("create table accounts (id text primary key, cents integer)")
      file.exec("insert into accounts values ('order-1', 100), ('seller', 0)")
    })
    const order = () =>
      Effect.acquireUseRelease(
        Effect.sync(() => new DatabaseSync(filename)),
        (file) => Effect.provideService(placeOrderInFile(file, "order-1", 70), Client, Context.get(services, Client)),
        (file) => Effect.sync(() => file.close())
      )
    yield* order()
    expect(yield* client.wait(payOut, "order-1")).toBe(70)
    expect((yield* Effect.exit(order()))._tag).toBe("Failure")
    yield* withSql(filename, (file) =>
      expect(file.prepare("select cents from accounts order by id").all()).toMatchObject([{ cents: 30 }, { cents: 70 }])
    )
  })
)
