import { type DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import { itemsOf, type UserTransactions } from "../../services/userTransactions.ts"
import { orderPrefix } from "./tableMirror.ts"

const TableName = "ledger"

/** As an application writes them, with the SDK's document client. */
export const wireTransactions = (client: DynamoDBClient): UserTransactions => {
  const documents = DynamoDBDocumentClient.from(client)
  const ask = <A>(operation: string, call: (abortSignal: AbortSignal) => Promise<A>) =>
    Effect.tryPromise({
      try: call,
      catch: (error) => (error instanceof Error ? error : new Error(String(error)))
    }).pipe(Effect.mapError((error) => ({ error, away: new StoreUnavailable({ operation, message: error.message }) })))
  return {
    kind: "items",
    hasOrder: (order) =>
      ask("Orders.get", (abortSignal) =>
        documents.send(new GetCommand({ TableName, Key: { id: `${orderPrefix}${order}` }, ConsistentRead: true }), {
          abortSignal
        })
      ).pipe(
        Effect.map(({ Item }) => Item !== undefined),
        Effect.mapError(({ away }) => away)
      ),
    commit: (order, parts, holds) => {
      const Item = { id: `${orderPrefix}${order}` }
      const own = { Put: { TableName, Item, ConditionExpression: "attribute_not_exists(id)" } }
      const Key = { id: "nothing" }
      const fails = { ConditionCheck: { TableName, Key, ConditionExpression: "attribute_exists(id)" } }
      const TransactItems = [own, ...parts.flatMap(itemsOf), ...(holds ? [] : [fails])]
      return ask("Orders.commit", (abortSignal) =>
        documents.send(new TransactWriteCommand({ TransactItems: [...TransactItems] }), { abortSignal })
      ).pipe(
        Effect.as("taken" as const),
        Effect.catch(({ away, error }) =>
          error instanceof TransactionCanceledException
            ? Effect.succeed(isRefused(error) ? ("refused" as const) : ("busy" as const))
            : Effect.fail(away)
        )
      )
    }
  }
}

const isRefused = ({ CancellationReasons = [] }: TransactionCanceledException): boolean =>
  CancellationReasons.some(({ Code }) => Code === "ConditionalCheckFailed")
