import { TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { invalid } from "../serviceError.ts"
import type { Weather } from "../weather.ts"
import type { WireTable } from "./table.ts"
import { itemBytes, type WireItem } from "./values.ts"
import { carryOut, type Looked, lookAt, type WriteInput, type WriteKind } from "./writes.ts"

type Action = { readonly [Kind in WriteKind]?: WriteInput }

export interface TransactInput {
  readonly TransactItems?: ReadonlyArray<Action>
}

const kinds: ReadonlyArray<WriteKind> = ["Put", "Update", "Delete", "ConditionCheck"]

/** Source: API Reference, "TransactWriteItems": 100 actions, 4 MB, no two of one item. */
const mostActions = 100
const mostBytes = 4 * 1_048_576

/**
 * All of it, or nothing and why: a reason for each action in its place, `None` for those that stood in nobody's way. Which of several
 * reasons are told is not promised, so that here the first conflict hides the rest.
 */
export const transact = (
  { TransactItems = [] }: TransactInput,
  tableOf: (name: string | undefined) => WireTable,
  weather: Weather,
  by: string
): void => {
  if (TransactItems.length === 0 || TransactItems.length > mostActions)
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${mostActions}, Member must have length greater than or equal to 1`
    )
  const actions = TransactItems.map(actionOf)
  const looked = actions.map(({ kind, input }) => lookAt(tableOf(input.TableName), kind, input))
  checkApart(looked)
  if (looked.reduce((sum, { after }) => sum + (after === undefined ? 0 : itemBytes(after)), 0) > mostBytes)
    throw invalid("Transaction size has exceeded the maximum allowed size")
  if (weather.isInConflict()) {
    const at = looked.length - 1
    throw cancelled(
      looked.map((_, index) =>
        index === at
          ? { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" }
          : { Code: "None" }
      )
    )
  }
  if (!looked.every(({ isAllowed }) => isAllowed))
    throw cancelled(looked.map((one, index) => reasonOf(one, (actions[index] as (typeof actions)[number]).input)))
  // At one moment: whose write is looked at first does not matter, and a row is to be there when its company is.
  for (const one of looked.toReversed()) carryOut(one, by)
}

const actionOf = (action: Action): { readonly kind: WriteKind; readonly input: WriteInput } => {
  const given = kinds.filter((kind) => action[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1)
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete")
  return { kind, input: action[kind] as WriteInput }
}

const checkApart = (looked: ReadonlyArray<Looked>): void => {
  const places = new Set(looked.map(({ table, hash, range }) => JSON.stringify([table.shape.name, hash, range])))
  if (places.size < looked.length) throw invalid("Transaction request cannot include multiple operations on one item")
}

const reasonOf = ({ before, isAllowed }: Looked, { ReturnValuesOnConditionCheckFailure }: WriteInput) => {
  if (isAllowed) return { Code: "None" }
  const item =
    ReturnValuesOnConditionCheckFailure === "ALL_OLD" && before !== undefined
      ? { Item: before as Record<string, WireItem[string]> }
      : {}
  return { Code: "ConditionalCheckFailed", Message: "The conditional request failed", ...item }
}

const cancelled = (reasons: ReadonlyArray<{ readonly Code: string }>): Error =>
  new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(", ")}]`,
    $metadata: { httpStatusCode: 400, attempts: 1 },
    CancellationReasons: [...reasons]
  })
