import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand
} from "@aws-sdk/client-dynamodb"
import { fromAttributes, type Item, toAttributes } from "../../../src/store/aws/table/attributes.ts"

type Command = GetItemCommand | PutItemCommand | QueryCommand | ScanCommand

/** What was asked for at the client's `send`. */
export interface Sent {
  readonly name: string
  readonly input: Command["input"] & {
    readonly ConsistentRead?: boolean | undefined
    readonly IndexName?: string | undefined
  }
}

const keysOf = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => ["pk", "sk", "gp", "gs"].includes(name)))

const compare = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0)

/** A client of one small table, whose pages hold so many items, whatever was asked for. A real page ends after a megabyte. */
export const pagedDynamo = (pageSize: number) => {
  const items = new Map<string, Item>()
  const sent: Array<Sent> = []
  /** Thrown by the next calls. */
  const failures: Array<Error> = []

  const page = (all: ReadonlyArray<Item>, startKey: Item | undefined) => {
    const from =
      startKey === undefined ? 0 : all.findIndex(({ pk, sk }) => pk === startKey.pk && sk === startKey.sk) + 1
    const found = all.slice(from, from + pageSize)
    const last = found.at(-1)
    const isMore = last !== undefined && from + pageSize < all.length
    return { Items: found.map(toAttributes), ...(isMore ? { LastEvaluatedKey: toAttributes(keysOf(last)) } : {}) }
  }

  const query = (input: QueryCommand["input"]) => {
    const values = fromAttributes(input.ExpressionAttributeValues ?? {})
    const [partition, sort] = input.IndexName === undefined ? ["pk", "sk"] : ["gp", "gs"]
    const all = [...items.values()]
      .filter((item) => item[partition as string] === (values[":pk"] ?? values[":gp"]))
      .filter((item) => values[":before"] === undefined || compare(item[sort as string], values[":before"]) < 0)
      .sort((a, b) => compare(a[sort as string], b[sort as string]))
    if (input.ScanIndexForward === false) all.reverse()
    return page(all, input.ExclusiveStartKey === undefined ? undefined : fromAttributes(input.ExclusiveStartKey))
  }

  const put = (input: PutItemCommand["input"]) => {
    const item = fromAttributes(input.Item ?? {})
    const id = `${item.pk} ${item.sk}`
    const existing = items.get(id)
    const { ConditionExpression: condition } = input
    const expected = fromAttributes(input.ExpressionAttributeValues ?? {})[":equals"]
    const attribute = input.ExpressionAttributeNames?.["#a"] ?? ""
    const holds =
      condition === undefined ||
      (condition.startsWith("attribute_not_exists") ? existing === undefined : existing?.[attribute] === expected)
    if (!holds)
      throw new ConditionalCheckFailedException({
        message: "no",
        $metadata: {},
        ...(existing === undefined ? {} : { Item: toAttributes(existing) })
      })
    items.set(id, item)
    return {}
  }

  const client = {
    send: async (command: Command): Promise<unknown> => {
      sent.push({ name: command.constructor.name, input: command.input })
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      if (command instanceof PutItemCommand) return put(command.input)
      if (command instanceof QueryCommand) return query(command.input)
      if (command instanceof ScanCommand) {
        const start = command.input.ExclusiveStartKey
        const all = [...items.values()].sort((a, b) => compare(a.pk, b.pk) || compare(a.sk, b.sk))
        return page(all, start === undefined ? undefined : fromAttributes(start))
      }
      const { pk, sk } = fromAttributes(command.input.Key ?? {})
      const item = items.get(`${pk} ${sk}`)
      return item === undefined ? {} : { Item: toAttributes(item) }
    }
  } as unknown as DynamoDBClient
  return { client, items, sent, failures }
}
