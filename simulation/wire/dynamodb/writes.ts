import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb"
import { invalid } from "../serviceError.ts"
import { holds, parseCondition } from "./expressions/condition.ts"
import { Placeholders } from "./expressions/names.ts"
import { updated } from "./expressions/update.ts"
import { checkItem, keysOf, type WireTable } from "./table.ts"
import type { WireItem } from "./values.ts"

/** Of Put, Update, Delete and ConditionCheck, alone or in a transaction, as far as it is read here. */
export interface WriteInput {
  readonly TableName?: string
  readonly Item?: WireItem
  readonly Key?: WireItem
  readonly UpdateExpression?: string
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: { readonly [name: string]: string }
  readonly ExpressionAttributeValues?: WireItem
  readonly ReturnValues?: string
  readonly ReturnValuesOnConditionCheckFailure?: string
}

export type WriteKind = "Put" | "Update" | "Delete" | "ConditionCheck"

/** What a write comes to: looked at first, and then done, so that a transaction can look at all of its own. */
export interface Looked {
  readonly table: WireTable
  readonly hash: string
  readonly range: string
  readonly before: WireItem | undefined
  readonly isAllowed: boolean
  /** Undefined: gone. */
  readonly after: WireItem | undefined
  readonly writes: boolean
}

/** Throws for what no such request may hold. */
export const lookAt = (table: WireTable, kind: WriteKind, input: WriteInput): Looked => {
  const { hash, range } = keysOf(table.shape, (kind === "Put" ? input.Item : input.Key) ?? {})
  if (kind === "Put") checkItem(table.shape, input.Item ?? {})
  const before = table.item(hash, range)
  const of = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues)
  const isAllowed =
    input.ConditionExpression === undefined || holds(parseCondition(input.ConditionExpression), before, of)
  const after = afterOf(kind, input, { before, of, isAllowed })
  of.checkAllUsed()
  if (kind === "Update" && isAllowed && after !== undefined) {
    checkItem(table.shape, after)
    const keys = keysOf(table.shape, after)
    if (keys.hash !== hash || keys.range !== range)
      throw invalid("One or more parameter values were invalid: Cannot update attribute: it is part of the key")
  }
  return { table, hash, range, before, isAllowed, after, writes: kind !== "ConditionCheck" }
}

const afterOf = (
  kind: WriteKind,
  { Item, Key, UpdateExpression = "" }: WriteInput,
  {
    before,
    of,
    isAllowed
  }: { readonly before: WireItem | undefined; readonly of: Placeholders; readonly isAllowed: boolean }
): WireItem | undefined => {
  if (kind === "Put") return Item
  if (kind === "Delete") return undefined
  if (kind === "ConditionCheck") return before
  try {
    return updated(UpdateExpression, before ?? Key ?? {}, of)
  } catch (error) {
    // What it would be made of need not be there where nothing is to be made.
    if (isAllowed) throw error
    return before
  }
}

export const carryOut = ({ table, hash, range, after, writes }: Looked, by: string): void => {
  if (writes) table.write(hash, range, after, by)
}

/** Source: API Reference, "PutItem": with ALL_OLD the item that is in the way comes along. */
export const conditionFailed = (before: WireItem | undefined, input: WriteInput): Error =>
  new ConditionalCheckFailedException({
    message: "The conditional request failed",
    $metadata: { httpStatusCode: 400, attempts: 1 },
    ...(input.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && before !== undefined
      ? { Item: before as Record<string, WireItem[string]> }
      : {})
  })
