import { errorAnswer, type WireAnswer, type WireInput, type WireItem, wireClient } from "./wire.ts"

/** What was asked for, as it was on the wire. */
export interface Sent {
  /** Such as `GetItem`. */
  readonly name: string
  readonly input: WireInput
}

const keysOf = (item: WireItem): WireItem =>
  Object.fromEntries(Object.entries(item).filter(([name]) => ["pk", "sk", "gp", "gs"].includes(name)))

const compare = (a: WireItem, b: WireItem, by: string): number => {
  const [left, right] = [a[by]?.S ?? "", b[by]?.S ?? ""]
  return left < right ? -1 : left > right ? 1 : 0
}

const idOf = ({ pk, sk }: WireItem): string => `${pk?.S} ${sk?.S}`

/** A client of one small table, whose pages hold so many items, whatever was asked for. A real page ends after a megabyte. */
export const pagedDynamo = (pageSize: number) => {
  const items = new Map<string, WireItem>()
  const sent: Array<Sent> = []
  /** Thrown by the next calls. */
  const failures: Array<Error> = []

  const page = (all: ReadonlyArray<WireItem>, startKey: WireItem | undefined): WireAnswer => {
    const from = startKey === undefined ? 0 : all.findIndex((item) => idOf(item) === idOf(startKey)) + 1
    const found = all.slice(from, from + pageSize)
    const last = found.at(-1)
    const isMore = last !== undefined && from + pageSize < all.length
    return { body: { Items: found, Count: found.length, ...(isMore ? { LastEvaluatedKey: keysOf(last) } : {}) } }
  }

  const query = (input: WireInput): WireAnswer => {
    const values = input.ExpressionAttributeValues ?? {}
    const [partition, sort] = input.IndexName === undefined ? (["pk", "sk"] as const) : (["gp", "gs"] as const)
    const wanted = values[":pk"] ?? values[":gp"]
    const { ":low": low, ":high": high } = values
    const all = [...items.values()]
      .filter((item) => item[partition]?.S !== undefined && item[partition].S === wanted?.S)
      .filter((item) => low === undefined || compare(item, { [sort]: low }, sort) >= 0)
      .filter((item) => high === undefined || compare(item, { [sort]: high }, sort) <= 0)
      .sort((a, b) => compare(a, b, sort))
    if (input.ScanIndexForward === false) all.reverse()
    return page(all, input.ExclusiveStartKey)
  }

  const put = ({ Item: item = {}, ...input }: WireInput): WireAnswer => {
    const id = idOf(item)
    const existing = items.get(id)
    const { ConditionExpression: condition } = input
    const expected = input.ExpressionAttributeValues?.[":equals"]?.N
    const attribute = input.ExpressionAttributeNames?.["#a"] ?? ""
    const holds =
      condition === undefined ||
      (condition.startsWith("attribute_not_exists") ? existing === undefined : existing?.[attribute]?.N === expected)
    if (!holds)
      return errorAnswer("ConditionalCheckFailedException", "no", existing === undefined ? {} : { Item: existing })
    items.set(id, item)
    return { body: {} }
  }

  const scan = (input: WireInput): WireAnswer =>
    page(
      [...items.values()].sort((a, b) => compare(a, b, "pk") || compare(a, b, "sk")),
      input.ExclusiveStartKey
    )

  const get = ({ Key = {} }: WireInput): WireAnswer => {
    const item = items.get(idOf(Key))
    return { body: item === undefined ? {} : { Item: item } }
  }

  const answers: { readonly [operation: string]: (input: WireInput) => WireAnswer } = {
    PutItem: put,
    Query: query,
    Scan: scan,
    GetItem: get
  }

  const client = wireClient(({ operation, input }) => {
    sent.push({ name: operation, input })
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    const answer = answers[operation]
    if (answer === undefined) throw new Error(`a call that no test knows: ${operation}`)
    return answer(input)
  })
  return { client, items, sent, failures }
}
