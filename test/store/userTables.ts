import { DatabaseSync } from "node:sqlite"
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb"
import type { Writes } from "../../src/actor/definitions/transactions/transaction.ts"
import { testCredentials, testRegion } from "../servers/testAws.ts"
import type { UserTable } from "./putWithContract.ts"

const sqlInsert = (id: string, n: number): Writes => ({
  statements: [{ sql: "insert into numbers (id, n) values (?, ?)", params: [id, n] }]
})

const dynamoInsert =
  (TableName: string) =>
  (id: string, n: number): Writes => ({
    items: [{ Put: { TableName, Item: { id, n }, ConditionExpression: "attribute_not_exists(id)" } }]
  })

/** Of a file that a store has open. */
export const sqliteNumbers = (filename: string): UserTable => {
  const withFile = async <A>(use: (file: DatabaseSync) => A): Promise<A> => {
    const file = new DatabaseSync(filename)
    try {
      file.exec("pragma busy_timeout = 5000")
      return use(file)
    } finally {
      file.close()
    }
  }
  return {
    make: () => withFile((file) => file.exec("create table numbers (id text primary key, n integer not null)")),
    insert: sqlInsert,
    move: (from, to, n) => ({
      statements: [
        { sql: "update numbers set n = n - ? where id = ? and n >= ?", params: [n, from, n], changes: 1 },
        { sql: "update numbers set n = n + ? where id = ?", params: [n, to], changes: 1 }
      ]
    }),
    wrong: { statements: [{ sql: "commit" }] },
    missing: { statements: [{ sql: "delete from nothing" }] },
    foreign: dynamoInsert("numbers")("a", 1),
    conditionFailed: "RowsNotChanged",
    read: (id) =>
      withFile((file) => (file.prepare("select n from numbers where id = ?").get(id) as { n: number } | undefined)?.n)
  }
}

/** On a server of DynamoDB's, or by a client that has something in its place. */
export const dynamoNumbers = (endpoint: () => Promise<string | DynamoDBClient>, TableName: string): UserTable => {
  const open = async () => {
    const found = await endpoint()
    return DynamoDBDocumentClient.from(
      typeof found === "string"
        ? new DynamoDBClient({ region: testRegion, credentials: testCredentials, endpoint: found })
        : found
    )
  }
  let opened: ReturnType<typeof open> | undefined
  const client = () => {
    opened ??= open()
    return opened
  }
  return {
    make: async () => {
      await (await client()).send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
        })
      )
    },
    insert: dynamoInsert(TableName),
    move: (from, to, n) => ({
      items: [
        {
          Update: {
            TableName,
            Key: { id: from },
            UpdateExpression: "SET n = n - :n",
            ConditionExpression: "n >= :n",
            ExpressionAttributeValues: { ":n": n }
          }
        },
        {
          Update: {
            TableName,
            Key: { id: to },
            UpdateExpression: "SET n = n + :n",
            ExpressionAttributeValues: { ":n": n }
          }
        }
      ]
    }),
    wrong: { items: [{ Put: { TableName, Item: { id: "a", n: undefined } } }] },
    missing: dynamoInsert(`${TableName}-missing`)("a", 1),
    foreign: sqlInsert("a", 1),
    conditionFailed: "ConditionalCheckFailed",
    read: async (id) => {
      const get = new GetCommand({ TableName, Key: { id }, ConsistentRead: true })
      return (await (await client()).send(get)).Item?.n
    }
  }
}
