import type { DatabaseSync } from "node:sqlite"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import { Client } from "dynactor"
import { Effect } from "effect"
import { payOut } from "./transactions.ts"

/** The order and its run: both, or neither. */
export const placeOrder = Effect.fn(function* (id: string, cents: number) {
  const client = yield* Client
  const start = yield* client.startItem(payOut, { runId: id, input: { from: id, to: "seller", cents } })
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient())
  const order = { Put: { TableName: "orders", Item: { id, cents }, ConditionExpression: "attribute_not_exists(id)" } }
  const take = Effect.tryPromise(() =>
    documents.send(new TransactWriteCommand({ TransactItems: [order, ...start.items] }))
  )
  return yield* Effect.catch(take, (error) =>
    Effect.flatMap(client.explainCancelled([start]), (why) =>
      // Placed before: the answer was lost, or somebody has clicked twice.
      why?._tag === "IsThere" ? Effect.void : Effect.fail(why ?? error)
    )
  )
})

/** The same with a table of yours in the engine's file, on a connection of yours. */
export const placeOrderInFile = Effect.fn(function* (file: DatabaseSync, id: string, cents: number) {
  const client = yield* Client
  const { statements } = yield* client.startStatements(payOut, { runId: id, input: { from: id, to: "seller", cents } })
  file.exec("begin immediate")
  try {
    file.prepare("insert into orders (id, cents) values (?, ?)").run(id, cents)
    for (const { params = [], sql } of statements) file.prepare(sql).run(...params)
    file.exec("commit")
  } catch (error) {
    file.exec("rollback")
    throw error
  }
})
