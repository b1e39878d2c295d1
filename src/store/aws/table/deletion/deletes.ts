import { TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { BatchWriteCommand, type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../../errors.ts"
import { awsCall } from "../../calls/awsCall.ts"
import { type OnCapacity, reportCapacity } from "../../calls/capacity.ts"

/** Deletions, for which one function alone has the rights. */
export interface Deletes {
  /** Whatever there is, of any number of keys. */
  readonly deleteAll: (operation: string, keys: ReadonlyArray<ItemKey>) => Effect.Effect<void, StoreUnavailable>
  /** Both, if a number attribute of the second has the value expected; otherwise nothing. */
  readonly deleteBoth: (
    operation: string,
    first: ItemKey,
    second: ItemKey,
    condition: { readonly attribute: string; readonly equals: number }
  ) => Effect.Effect<void, StoreUnavailable>
}

export interface ItemKey {
  readonly pk: string
  readonly sk: string
}

/** As many as DynamoDB takes in one request. */
const mostInBatch = 25

export interface DeletesOptions {
  readonly documents: DynamoDBDocumentClient
  readonly tableName: string
  readonly onCapacity: OnCapacity | undefined
}

export const makeDeletes = ({ documents, onCapacity, tableName }: DeletesOptions): Deletes => {
  const asked = (operation: string) => ({ operation, place: `the table ${tableName}` })

  const deleteSome = Effect.fnUntraced(function* (operation: string, keys: ReadonlyArray<ItemKey>) {
    let left: ReadonlyArray<ItemKey> = keys
    for (let pauseMs = 50; left.length > 0; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      const requests = left.map((Key) => ({ DeleteRequest: { Key } }))
      left = yield* awsCall(asked(operation), async (abortSignal) => {
        const command = new BatchWriteCommand({
          RequestItems: { [tableName]: requests },
          ReturnConsumedCapacity: "INDEXES"
        })
        const { ConsumedCapacity = [], UnprocessedItems = {} } = await documents.send(command, { abortSignal })
        for (const consumed of ConsumedCapacity) reportCapacity(onCapacity, "write", operation, consumed)
        return (UnprocessedItems[tableName] ?? []).flatMap(({ DeleteRequest }) =>
          DeleteRequest === undefined ? [] : [DeleteRequest.Key as unknown as ItemKey]
        )
      })
      // The table takes no more at the moment.
      if (left.length > 0) yield* Effect.sleep(pauseMs)
    }
  })

  return {
    deleteAll: (operation, keys) =>
      Effect.forEach(
        Array.from({ length: Math.ceil(keys.length / mostInBatch) }, (_, part) =>
          keys.slice(part * mostInBatch, (part + 1) * mostInBatch)
        ),
        (part) => deleteSome(operation, part),
        { concurrency: 4, discard: true }
      ),

    deleteBoth: (operation, first, second, { attribute, equals }) =>
      awsCall(
        asked(operation),
        async (abortSignal) => {
          const condition = {
            ConditionExpression: "#a = :equals",
            ExpressionAttributeNames: { "#a": attribute },
            ExpressionAttributeValues: { ":equals": equals }
          }
          const command = new TransactWriteCommand({
            TransactItems: [
              { Delete: { TableName: tableName, Key: first } },
              { Delete: { TableName: tableName, Key: second, ...condition } }
            ],
            ReturnConsumedCapacity: "INDEXES"
          })
          const { ConsumedCapacity = [] } = await documents.send(command, { abortSignal })
          for (const consumed of ConsumedCapacity) reportCapacity(onCapacity, "write", operation, consumed)
        },
        (error) =>
          error instanceof TransactionCanceledException &&
          error.CancellationReasons?.some(({ Code }) => Code === "ConditionalCheckFailed") === true
            ? { answer: undefined }
            : undefined
      )
  }
}
