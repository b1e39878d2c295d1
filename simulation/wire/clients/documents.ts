import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import type { WireService } from "../service.ts"
import type { Network } from "./network.ts"
import { operationOf, WireClient } from "./wireClient.ts"

/** Of a command's execution, as the SDK hands it to its middleware. */
interface Context {
  readonly commandName: string
  readonly __smithy_context?: { readonly abortSignal?: AbortSignal }
}

/**
 * A client of DynamoDB that a document client can be made from. The middleware of the SDK, which would make a request over HTTP of a
 * command, is left out: a tenth of a millisecond for each call. What the document client translates is translated here, by the same means.
 */
export class WireDynamoClient extends WireClient {
  readonly middlewareStack: object

  constructor(network: Network, service: WireService) {
    super(network, service)
    const stack = {
      // So that the document client takes it for a client's.
      identify: () => ["serializerMiddleware"],
      concat: () => stack,
      resolve:
        (_handler: unknown, { commandName, __smithy_context: { abortSignal } = {} }: Context) =>
        async ({ input }: { readonly input: object }) => {
          const operation = operationOf(commandName)
          const output = await network.ask(service, operation, translated(input, toAttributes), abortSignal)
          return { output: translated(output, fromAttributes) }
        }
    }
    this.middlewareStack = stack
  }
}

/** Where items and keys stand in commands and answers, as the document client's commands say. */
const items: ReadonlySet<string> = new Set([
  "Item",
  "Key",
  "ExpressionAttributeValues",
  "ExclusiveStartKey",
  "LastEvaluatedKey",
  "Attributes"
])
const nested: ReadonlySet<string> = new Set([
  "TransactItems",
  "Put",
  "Update",
  "Delete",
  "ConditionCheck",
  "CancellationReasons",
  "PutRequest",
  "DeleteRequest"
])
/** By the names of tables. */
const byTable: ReadonlySet<string> = new Set(["RequestItems", "Responses", "UnprocessedItems", "UnprocessedKeys"])

type Translate = (item: any) => object

const toAttributes: Translate = (item) => marshall(item)
const fromAttributes: Translate = (item) => unmarshall(item)

const translated = (value: any, translate: Translate): any => {
  const made: Record<string, unknown> = {}
  for (const name in value) {
    const part = value[name]
    if (part === undefined || part === null) continue
    if (items.has(name)) made[name] = translate(part)
    else if (name === "Items" || name === "Keys") made[name] = part.map(translate)
    else if (nested.has(name)) made[name] = each(part, (one) => translated(one, translate))
    else if (byTable.has(name))
      made[name] = mapValues(part, (of) =>
        name === "Responses" ? of.map(translate) : each(of, (one) => translated(one, translate))
      )
    else made[name] = part
  }
  return made
}

const each = (part: any, of: (one: any) => unknown): unknown => (Array.isArray(part) ? part.map(of) : of(part))

const mapValues = (record: any, of: (value: any) => unknown): object =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]))
