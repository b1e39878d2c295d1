import {
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput
} from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import { awsCall, awsPut } from "../calls/awsCall.ts"
import { type OnCapacity, reportCapacity } from "../calls/capacity.ts"
import { fromAttributes, type Item, toAttributes } from "./attributes.ts"
import { isPossibleKey } from "./keys.ts"

/** The five calls that everything here is made of, on one table, each with its bill. */
export interface DynamoTable {
  /** A key over DynamoDB's limits is one of nothing. */
  readonly get: (operation: string, pk: string, sk: string) => Effect.Effect<Item | undefined, StoreUnavailable>
  /** Unconditional. */
  readonly put: (operation: string, item: Item) => Effect.Effect<void, StoreUnavailable>
  /** Put if absent, or if a number attribute still has the value expected. A refusal hands back the item that is there. */
  readonly putIf: (
    operation: string,
    item: Item,
    condition: PutCondition
  ) => Effect.Effect<PutOutcome, StoreUnavailable | StoreRefused>
  /** One page. */
  readonly query: (operation: string, query: QueryInput) => Effect.Effect<QueryPage, StoreUnavailable>
  /** One page, of up to a megabyte of the table before the filter. Items of one partition come together, in their order. */
  readonly scan: (operation: string, scan: ScanInput) => Effect.Effect<QueryPage, StoreUnavailable>
}

export type ScanInput = Omit<ScanCommandInput, "TableName" | "ReturnConsumedCapacity">

export type PutCondition = "absent" | { readonly attribute: string; readonly equals: number }

export type PutOutcome =
  | { readonly _tag: "Written" }
  | { readonly _tag: "Refused"; readonly existing: Item | undefined }

export type QueryInput = Omit<
  QueryCommandInput,
  "TableName" | "ReturnConsumedCapacity" | "ExpressionAttributeValues"
> & {
  readonly values: Item
}

export interface QueryPage {
  readonly items: ReadonlyArray<Item>
  readonly next: QueryCommandInput["ExclusiveStartKey"]
}

export interface DynamoTableOptions {
  readonly client: DynamoDBClient
  readonly tableName: string
  readonly onCapacity?: OnCapacity | undefined
}

export const makeDynamoTable = ({ client, tableName, onCapacity }: DynamoTableOptions): DynamoTable => {
  const base = { TableName: tableName, ReturnConsumedCapacity: "INDEXES" } as const

  const billed = <A extends { readonly ConsumedCapacity?: ConsumedCapacity | undefined }>(
    kind: "read" | "write",
    operation: string,
    answer: A
  ): A => {
    reportCapacity(onCapacity, kind, operation, answer.ConsumedCapacity)
    return answer
  }

  return {
    get: (operation, pk, sk) =>
      awsCall(operation, async (abortSignal) => {
        if (!isPossibleKey(pk, sk)) return undefined
        const Key = toAttributes({ pk, sk })
        const answer = await client.send(new GetItemCommand({ ...base, Key, ConsistentRead: true }), { abortSignal })
        const { Item } = billed("read", operation, answer)
        return Item === undefined ? undefined : fromAttributes(Item)
      }),

    put: (operation, item) =>
      awsCall(operation, async (abortSignal) => {
        const answer = await client.send(new PutItemCommand({ ...base, Item: toAttributes(item) }), { abortSignal })
        billed("write", operation, answer)
      }),

    putIf: (operation, item, condition) =>
      awsPut<PutOutcome>(
        operation,
        async (abortSignal) => {
          const command = new PutItemCommand({
            ...base,
            Item: toAttributes(item),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            ...conditionOf(condition)
          })
          billed("write", operation, await client.send(command, { abortSignal }))
          return { _tag: "Written" }
        },
        (error) => {
          if (!(error instanceof ConditionalCheckFailedException)) return undefined
          const existing = error.Item === undefined ? undefined : fromAttributes(error.Item)
          return { answer: { _tag: "Refused", existing } }
        }
      ),

    query: (operation, { values, ...query }) =>
      awsCall(operation, async (abortSignal) => {
        const command = new QueryCommand({ ...base, ...query, ExpressionAttributeValues: toAttributes(values) })
        const answer = billed("read", operation, await client.send(command, { abortSignal }))
        return { items: (answer.Items ?? []).map(fromAttributes), next: answer.LastEvaluatedKey }
      }),

    scan: (operation, scan) =>
      awsCall(operation, async (abortSignal) => {
        const answer = billed(
          "read",
          operation,
          await client.send(new ScanCommand({ ...base, ...scan }), { abortSignal })
        )
        return { items: (answer.Items ?? []).map(fromAttributes), next: answer.LastEvaluatedKey }
      })
  }
}

const conditionOf = (condition: PutCondition): Partial<PutItemCommand["input"]> => {
  if (condition === "absent") return { ConditionExpression: "attribute_not_exists(pk)" }
  return {
    ConditionExpression: "#a = :equals",
    ExpressionAttributeNames: { "#a": condition.attribute },
    ExpressionAttributeValues: toAttributes({ ":equals": condition.equals })
  }
}

/** Every page of a query. */
export const queryAll = Effect.fnUntraced(function* (table: DynamoTable, operation: string, query: QueryInput) {
  const items: Array<Item> = []
  let next: QueryPage["next"]
  do {
    const page: QueryPage = yield* table.query(
      operation,
      next === undefined ? query : { ...query, ExclusiveStartKey: next }
    )
    for (const item of page.items) items.push(item)
    next = page.next
  } while (next !== undefined)
  return items as ReadonlyArray<Item>
})
