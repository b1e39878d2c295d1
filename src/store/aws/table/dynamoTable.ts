import {
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  type DynamoDBClient,
  TransactionCanceledException
} from "@aws-sdk/client-dynamodb"
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput
} from "@aws-sdk/lib-dynamodb"
import * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import { awsCall, awsPut } from "../calls/awsCall.ts"
import { type AwsError, sortError } from "../calls/awsErrors.ts"
import { type OnCapacity, reportCapacity } from "../calls/capacity.ts"
import { fromAttributes, type Item } from "./attributes.ts"
import { type Deletes, makeDeletes } from "./deletion/deletes.ts"
import { isPossibleKey } from "./keys.ts"

/** The calls that everything here is made of, on one table, each with its bill. */
export interface DynamoTable extends Deletes {
  readonly name: string
  /** Undefined for a key over DynamoDB's limits: no item has one. */
  readonly get: (operation: string, pk: string, sk: string) => Effect.Effect<Item | undefined, StoreUnavailable>
  /** Unconditional. */
  readonly put: (operation: string, item: Item) => Effect.Effect<void, StoreUnavailable>
  /** Put if absent, or if a number attribute still has the value expected. A refusal hands back the item that is there. */
  readonly putIf: (
    operation: string,
    item: Item,
    condition: PutCondition
  ) => Effect.Effect<PutOutcome, StoreUnavailable | StoreRefused>
  /** Put if absent together with actions on any tables: all of it, or nothing. What is not of this table is not in the bill. */
  readonly transact: (
    operation: string,
    item: Item,
    actions: TransactItems
  ) => Effect.Effect<TransactOutcome, StoreUnavailable>
  /** One page. */
  readonly query: (operation: string, query: QueryInput) => Effect.Effect<QueryPage, StoreUnavailable>
  /** One page, of up to a megabyte of the table before the filter. Items of one partition come together, in their order. */
  readonly scan: (operation: string, scan: ScanInput) => Effect.Effect<QueryPage, StoreUnavailable>
}

export type TransactItems = NonNullable<TransactWriteCommandInput["TransactItems"]>

export type TransactOutcome =
  | { readonly _tag: "Written" }
  /** A reason for the put, and one for each action; of those that stood in nobody's way `None`. */
  | { readonly _tag: "Cancelled"; readonly reasons: ReadonlyArray<CancelReason> }
  /** DynamoDB does not take such a request. */
  | { readonly _tag: "Refused"; readonly message: string }

export interface CancelReason {
  readonly code: string
  readonly message: string | undefined
  readonly item: Item | undefined
}

export type ScanInput = Omit<ScanCommandInput, "TableName" | "ReturnConsumedCapacity">

export type PutCondition =
  | "absent"
  | { readonly attribute: string; readonly equals: number }
  /** Absent counts as less than any. */
  | { readonly attribute: string; readonly atMost: number }

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
  /** Of the items; also where a query asks for nothing else. */
  readonly count: number
  /** The key of the last item looked at; undefined: there is no more. */
  readonly next: Item | undefined
}

export interface DynamoTableOptions {
  readonly client: DynamoDBClient
  readonly tableName: string
  readonly onCapacity?: OnCapacity | undefined
}

export const makeDynamoTable = ({ client, tableName, onCapacity }: DynamoTableOptions): DynamoTable => {
  const documents = documentClient(client)
  const base = { TableName: tableName, ReturnConsumedCapacity: "INDEXES" } as const
  const asked = (operation: string) => ({ operation, place: `the table ${tableName}` })

  const billed = <A extends { readonly ConsumedCapacity?: ConsumedCapacity | undefined }>(
    kind: "read" | "write",
    operation: string,
    answer: A
  ): A => {
    reportCapacity(onCapacity, kind, operation, answer.ConsumedCapacity)
    return answer
  }

  return {
    name: tableName,
    ...makeDeletes({ documents, tableName, onCapacity }),

    transact: (operation, item, actions) =>
      awsCall<TransactOutcome>(
        operation,
        async (abortSignal) => {
          const Put = {
            TableName: tableName,
            Item: item,
            ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
            ...conditionOf("absent")
          }
          const command = new TransactWriteCommand({
            TransactItems: [{ Put }, ...actions],
            ReturnConsumedCapacity: "INDEXES"
          })
          const { ConsumedCapacity = [] } = await documents.send(command, { abortSignal })
          for (const consumed of ConsumedCapacity)
            if (consumed.TableName === tableName) reportCapacity(onCapacity, "write", operation, consumed)
          return { _tag: "Written" }
        },
        (error) => {
          const outcome = untaken(error)
          return outcome === undefined ? undefined : { answer: outcome }
        }
      ),

    get: (operation, pk, sk) =>
      awsCall(asked(operation), async (abortSignal) => {
        if (!isPossibleKey(pk, sk)) return undefined
        const command = new GetCommand({ ...base, Key: { pk, sk }, ConsistentRead: true })
        return billed("read", operation, await documents.send(command, { abortSignal })).Item
      }),

    put: (operation, item) =>
      awsCall(asked(operation), async (abortSignal) => {
        billed("write", operation, await documents.send(new PutCommand({ ...base, Item: item }), { abortSignal }))
      }),

    putIf: (operation, item, condition) =>
      awsPut<PutOutcome>(
        asked(operation),
        async (abortSignal) => {
          const command = new PutCommand({
            ...base,
            Item: item,
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            ...conditionOf(condition)
          })
          billed("write", operation, await documents.send(command, { abortSignal }))
          return { _tag: "Written" }
        },
        (error) => {
          if (!(error instanceof ConditionalCheckFailedException)) return undefined
          // The document client leaves errors as they come, and with this one comes an item (findings/lib-dynamodb-failed-condition-item.sh).
          const existing = error.Item === undefined ? undefined : fromAttributes(error.Item)
          return { answer: { _tag: "Refused", existing } }
        }
      ),

    query: (operation, { values, ...query }) =>
      awsCall(asked(operation), async (abortSignal) => {
        const command = new QueryCommand({ ...base, ...query, ExpressionAttributeValues: values })
        const answer = billed("read", operation, await documents.send(command, { abortSignal }))
        return pageOf(answer)
      }),

    scan: (operation, scan) =>
      awsCall(asked(operation), async (abortSignal) => {
        const command = new ScanCommand({ ...base, ...scan })
        const answer = billed("read", operation, await documents.send(command, { abortSignal }))
        return pageOf(answer)
      })
  }
}

/** Undefined: the service is away, or would not say what became of it. */
const untaken = (error: AwsError): TransactOutcome | undefined => {
  if (error instanceof TransactionCanceledException) {
    const reasons = (error.CancellationReasons ?? []).map(({ Code: code = "None", Item: item, Message: message }) => ({
      code,
      message,
      item: item === undefined ? undefined : fromAttributes(item)
    }))
    return { _tag: "Cancelled", reasons }
  }
  // Which table it is about is in the message. What is wrong with the one of ours keeps all others of its calls waiting.
  const isRefused = sortError("dynamodb", error) === "content" || /AccessDenied|ResourceNotFound/.test(error.name)
  return isRefused ? { _tag: "Refused", message: `${error.name}: ${error.message}` } : undefined
}

const pageOf = ({ Count, Items = [], LastEvaluatedKey }: Omit<QueryCommandOutput, "$metadata">): QueryPage => ({
  items: Items,
  count: Count ?? Items.length,
  next: LastEvaluatedKey
})

/**
 * A document client: the same connections and middleware, but plain values. It is made from a copy of the client's configuration,
 * because a document client writes its way to translate into that configuration, where the last one made counts for all
 * (findings/lib-dynamodb-shared-translation.sh). A client that was handed to us may have a document client of its own.
 */
const documentClient = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(Object.create(client, { config: { value: { ...client.config } } }))

const conditionOf = (condition: PutCondition): Partial<PutCommandInput> => {
  if (condition === "absent") return { ConditionExpression: "attribute_not_exists(pk)" }
  if ("atMost" in condition) {
    return {
      ConditionExpression: "attribute_not_exists(pk) OR #a <= :most",
      ExpressionAttributeNames: { "#a": condition.attribute },
      ExpressionAttributeValues: { ":most": condition.atMost }
    }
  }
  return {
    ConditionExpression: "#a = :equals",
    ExpressionAttributeNames: { "#a": condition.attribute },
    ExpressionAttributeValues: { ":equals": condition.equals }
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
