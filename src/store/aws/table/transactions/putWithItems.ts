import { marshall } from "@aws-sdk/util-dynamodb"
import * as Effect from "effect/Effect"
import type { TransactItem } from "../../../../actor/definitions/transactions/transaction.ts"
import { TransactionCancelled } from "../../../../actor/errors.ts"
import type { PutWithResult } from "../../../transactions/putWith.ts"
import type { Item } from "../attributes.ts"
import type { CancelReason, DynamoTable, TransactItems } from "../dynamoTable.ts"

/** Of one request, ours among them. */
export const mostActions = 100

export type PutItemsResult =
  | Exclude<PutWithResult, { readonly _tag: "Exists" }>
  | { readonly _tag: "Exists"; readonly existing: Item }

/** An item that must not be there yet, and items of the user's. */
export const putWithItems = Effect.fnUntraced(function* (
  table: DynamoTable,
  item: Item,
  items: ReadonlyArray<TransactItem>
) {
  const operation = "RunTable.putWith"
  const wrong = wrongItems(items)
  if (wrong !== undefined) return { _tag: "Unfit", message: wrong, isFinal: true } satisfies PutItemsResult
  const outcome = yield* table.transact(operation, item, items as TransactItems)
  if (outcome._tag === "Written") return { _tag: "Inserted" } satisfies PutItemsResult
  const reasons = outcome._tag === "Cancelled" ? outcome.reasons : []
  if (reasons[0]?.code !== conditionFailed && isBusy(reasons)) {
    return { _tag: "Busy", message: codesOf(reasons).join(", ") } satisfies PutItemsResult
  }
  // An earlier request may have been taken, and its answer lost. Not every reason is told of a transaction that has several.
  const existing = reasons[0]?.item ?? (yield* table.get(operation, item.pk as string, item.sk as string))
  if (existing !== undefined) return { _tag: "Exists", existing } satisfies PutItemsResult
  if (outcome._tag === "Refused")
    return { _tag: "Unfit", message: outcome.message, isFinal: false } satisfies PutItemsResult
  return { _tag: "Cancelled", error: cancelled(reasons) } satisfies PutItemsResult
})

const conditionFailed = "ConditionalCheckFailed"

/** Nothing stands in the way but others, who will be gone in a moment. */
const isBusy = (reasons: ReadonlyArray<CancelReason>): boolean => {
  const codes = codesOf(reasons)
  return codes.length > 0 && codes.every((code) => passing.has(code))
}

const passing: ReadonlySet<string> = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded"
])

const codesOf = (reasons: ReadonlyArray<CancelReason>): ReadonlyArray<string> =>
  reasons.map(({ code }) => code).filter((code) => code !== "None")

const cancelled = ([, ...reasons]: ReadonlyArray<CancelReason>): TransactionCancelled => {
  const told = reasons.flatMap(({ code, item, message }, index) =>
    code === "None"
      ? []
      : [{ index, code, ...(message === undefined ? {} : { message }), ...(item === undefined ? {} : { item }) }]
  )
  return new TransactionCancelled({
    message: `nothing was written: ${told.map(({ code, index }) => `item ${index} (${code})`).join(", ") || "DynamoDB gives no reason"}`,
    reasons: told
  })
}

const wrongItems = (items: ReadonlyArray<TransactItem>): string | undefined => {
  if (items.length >= mostActions)
    return `it writes ${items.length} items; ${mostActions - 1} are the most of one transaction beside the outcome: write them in several steps`
  for (const [index, item] of items.entries()) {
    const wrong = wrongItem(item)
    if (wrong !== undefined) return `item ${index}: ${wrong}`
  }
  return undefined
}

const kinds = ["Put", "Update", "Delete", "ConditionCheck"] as const

const wrongItem = (item: TransactItem): string | undefined => {
  const given = kinds.filter((kind) => item?.[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) return `it is to be one of ${kinds.join(", ")}`
  const action = item[kind] as Action
  if (typeof action.TableName !== "string" || action.TableName === "") return `its ${kind} names no table (TableName)`
  try {
    // As the document client will: a value that it cannot translate would look like a request that got lost.
    for (const values of [action.Item, action.Key, action.ExpressionAttributeValues])
      if (values !== undefined) marshall(values)
    return undefined
  } catch (error) {
    return `its ${kind} holds a value that no item can: ${error instanceof Error ? error.message : String(error)}`
  }
}

interface Action {
  readonly TableName?: unknown
  readonly Item?: Record<string, unknown>
  readonly Key?: Record<string, unknown>
  readonly ExpressionAttributeValues?: Record<string, unknown>
}
