import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, PutCommand, type TranslateConfig } from "@aws-sdk/lib-dynamodb"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Item } from "../../../src/store/aws/table/attributes.ts"
import { type DynamoTable, makeDynamoTable, queryAll } from "../../../src/store/aws/table/dynamoTable.ts"
import { dynamodbLocal } from "../../servers/dynamodbLocal.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws, testCredentials, testRegion } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import { newRunId } from "../samples.ts"
import { pagedDynamo } from "./pagedDynamo.ts"
import { errorAnswer, type WireAnswer, type WireItem, wireClient } from "./wire.ts"

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)

const tableOf = (client: DynamoDBClient) => makeDynamoTable({ client, tableName: "orders" })

const there = { pk: "a", sk: "b", n: 7, bytes: Uint8Array.of(0, 255) } satisfies Item
const thereOnTheWire: WireItem = { pk: { S: "a" }, sk: { S: "b" }, n: { N: "7" }, bytes: { B: "AP8=" } }

/** As the document client itself hands it over, without what we do about it. */
const refusedByDocuments = async (client: DynamoDBClient, tableName: string, Item: Record<string, unknown>) => {
  const command = new PutCommand({
    TableName: tableName,
    Item,
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD"
  })
  const error = await DynamoDBDocumentClient.from(client)
    .send(command)
    .catch((caught: unknown) => caught)
  if (!(error instanceof ConditionalCheckFailedException)) throw error
  return error.Item
}

describe("the item that comes with a failed condition", () => {
  const refusing = () =>
    wireClient(() => errorAnswer("ConditionalCheckFailedException", "no", { Item: thereOnTheWire }))

  it("is left by the document client as it was on the wire: the reason why it is translated here", async () => {
    expect(await refusedByDocuments(refusing(), "orders", there)).toEqual({
      pk: { S: "a" },
      sk: { S: "b" },
      n: { N: "7" },
      bytes: { B: there.bytes }
    })
  })

  it("comes as plain values", async () => {
    for (const condition of ["absent", { attribute: "n", equals: 6 }] as const)
      expect(await run(tableOf(refusing()).putIf("RunTable.put", there, condition))).toEqual({
        _tag: "Refused",
        existing: there
      })
  })
})

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(`The document client on ${dynamodb.name}`, [dynamodb, fauxqs], (endpointOf) => {
    it("has the item of a failed condition translated for it, and nothing else", async () => {
      const endpoint = await endpointOf(dynamodb)
      const { tableName } = await prepareTestAws({ dynamodb: endpoint, sqs: await endpointOf(fauxqs) })
      const client = new DynamoDBClient({ endpoint, region: testRegion, credentials: testCredentials })
      const table = makeDynamoTable({ client, tableName })
      const item = { ...there, pk: newRunId() }
      expect(await run(table.putIf("RunTable.put", item, "absent"))).toEqual({ _tag: "Written" })
      expect(await run(table.get("RunTable.readHead", item.pk, item.sk))).toEqual(item)
      expect(await run(table.putIf("RunTable.put", item, "absent"))).toEqual({ _tag: "Refused", existing: item })
      expect((await refusedByDocuments(client, tableName, item))?.n).toEqual({ N: "7" })
      client.destroy()
    })
  })
}

const anyValue: fc.Arbitrary<Item[string]> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((number) => number + 0),
  fc.uint8Array()
)
const anyItem: fc.Arbitrary<Item> = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), anyValue)

describe("values", () => {
  it("are texts, numbers and bytes on the wire", async () => {
    const { client, items } = pagedDynamo(1)
    await run(tableOf(client).put("RunTable.put", there))
    expect([...items.values()]).toEqual([thereOnTheWire])
  })

  it("come back as they were, by each way of reading", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyItem, { minLength: 1, maxLength: 4 }), async (drawn) => {
        const { client } = pagedDynamo(1)
        const table = tableOf(client)
        const rows = drawn.map((item, index): Item => ({ ...item, pk: "p", sk: `${index}` }))
        for (const row of rows) await run(table.put("RunTable.put", row))
        for (const row of rows) expect(await run(table.get("RunTable.readHead", "p", String(row.sk)))).toEqual(row)
        const query = { KeyConditionExpression: "pk = :pk", values: { ":pk": "p" } }
        expect(await run(queryAll(table, "RunTable.readRun", query))).toEqual(rows)
        const scanned: Array<Item> = []
        let next: Item | undefined
        do {
          const page = await run(
            table.scan("RunTable.scanUnstarted", next === undefined ? {} : { ExclusiveStartKey: next })
          )
          scanned.push(...page.items)
          next = page.next
        } while (next !== undefined)
        expect(scanned).toEqual(rows)
        const refusal = await run(table.putIf("RunTable.put", rows[0] as Item, "absent"))
        expect(refusal).toEqual({ _tag: "Refused", existing: rows[0] })
      }),
      { numRuns: 50 }
    )
  })

  it("say where a page ended in plain values, and are taken so", async () => {
    const { client, sent } = pagedDynamo(1)
    const table = tableOf(client)
    for (const sk of ["1", "2"]) await run(table.put("RunTable.put", { pk: "p", sk }))
    const { next } = await run(table.scan("RunTable.scanUnstarted", {}))
    expect(next).toEqual({ pk: "p", sk: "1" })
    await run(table.scan("RunTable.scanUnstarted", { ExclusiveStartKey: next ?? {} }))
    expect(sent.at(-1)?.input.ExclusiveStartKey).toEqual({ pk: { S: "p" }, sk: { S: "1" } })
  })
})

describe("a client that has a document client of its own", () => {
  const wrapped: TranslateConfig = { unmarshallOptions: { wrapNumbers: true } }
  const answering = () => wireClient(() => ({ body: { Item: thereOnTheWire } }))
  const theirs = (client: DynamoDBClient) => DynamoDBDocumentClient.from(client, wrapped)
  const ours = (client: DynamoDBClient) => run(tableOf(client).get("RunTable.readHead", "a", "b"))
  const read = async (documents: DynamoDBDocumentClient) =>
    (await documents.send(new GetCommand({ TableName: "orders", Key: { pk: "a", sk: "b" } }))).Item

  it("has its own way to translate, and we have ours, whoever came first", async () => {
    const before = answering()
    const first = theirs(before)
    expect((await ours(before))?.n).toBe(7)
    expect((await read(first))?.n).toMatchObject({ value: "7" })

    const after = answering()
    const table = tableOf(after)
    const second = theirs(after)
    expect((await run(table.get("RunTable.readHead", "a", "b")))?.n).toBe(7)
    expect((await read(second))?.n).toMatchObject({ value: "7" })
  })

  it("has its middleware heard by our calls, also when it is added later", async () => {
    const client = answering()
    const table = tableOf(client)
    const heard: Array<string | undefined> = []
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          heard.push(commandName)
          return next(args)
        },
      { step: "initialize" }
    )
    await run(table.get("RunTable.readHead", "a", "b"))
    expect(heard).toEqual(["GetItemCommand"])
  })
})

const calls: {
  readonly [Name in keyof Omit<DynamoTable, "transact" | "name">]: (
    table: DynamoTable
  ) => Effect.Effect<unknown, { readonly message: string }>
} = {
  get: (table) => table.get("RunTable.call", "a", "b"),
  put: (table) => table.put("RunTable.call", there),
  putIf: (table) => table.putIf("RunTable.call", there, "absent"),
  query: (table) => table.query("RunTable.call", { KeyConditionExpression: "pk = :pk", values: { ":pk": "a" } }),
  scan: (table) => table.scan("RunTable.call", {}),
  deleteAll: (table) => table.deleteAll("RunTable.call", [there]),
  deleteBoth: (table) => table.deleteBoth("RunTable.call", there, there, { attribute: "v", equals: 1 })
}

describe.each(Object.entries(calls))("a call of the table: %s", (_, call) => {
  const failing = (answer: () => WireAnswer) => run(Effect.flip(call(tableOf(wireClient(answer)))))

  it("names the table that was not to be had, and what to do where it is a matter of configuration", async () => {
    const missing = await failing(() => errorAnswer("ResourceNotFoundException", "Requested resource not found"))
    expect(missing).toMatchObject({ _tag: "StoreUnavailable", operation: "RunTable.call" })
    expect(missing.message).toContain(
      "RunTable.call of the table orders failed: ResourceNotFoundException: Requested resource not found"
    )
    expect(missing.message).toContain("a matter of configuration")
    const away = await failing(() => {
      throw Object.assign(new Error("connect ECONNREFUSED"), { name: "Error" })
    })
    expect(away).toMatchObject({ _tag: "StoreUnavailable", operation: "RunTable.call" })
    expect(away.message).toBe("RunTable.call of the table orders failed: Error: connect ECONNREFUSED")
  })

  it("is given up when nobody waits for it any longer", async () => {
    const asked = Promise.withResolvers<AbortSignal | undefined>()
    const client = wireClient(async ({ abortSignal }) => {
      asked.resolve(abortSignal)
      return await new Promise<WireAnswer>(() => undefined)
    })
    const fiber = Effect.runFork(call(tableOf(client)))
    const abortSignal = await asked.promise
    expect(abortSignal?.aborted).toBe(false)
    await run(Fiber.interrupt(fiber))
    expect(abortSignal?.aborted).toBe(true)
  })
})
