#!/usr/bin/env bash
# All places in an update are those of the item before it: REMOVE l[0], l[1] leaves the third element, and SET beyond the end appends
# (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html). dynoxide goes from one clause to the
# next, so places have moved, and fills the gap with NULL. Who tests list updates on it sees what a deployment will not do.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
binary="@dynoxide/$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$binary@1.2.1" @aws-sdk/client-dynamodb@3.1169.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { setTimeout } from "node:timers/promises"
import { CreateTableCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb"

const probe = createServer().listen(0, "127.0.0.1")
await once(probe, "listening")
const port = String(probe.address().port)
await new Promise((done) => probe.close(done))
const server = spawn(process.argv[2], ["serve", "--port", port], { stdio: "ignore" })
const endpoint = `http://127.0.0.1:${port}`
try {
  while (server.exitCode === null && !(await fetch(endpoint).catch(() => false))) await setTimeout(100)
  const credentials = { accessKeyId: "a", secretAccessKey: "b" }
  const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials })
  const TableName = "lists"
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }]
    })
  )
  const after = async (UpdateExpression, values) => {
    const l = { L: ["a", "b", "c"].map((S) => ({ S })) }
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: "1" }, l } }))
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: "1" } },
        UpdateExpression,
        ...(values && { ExpressionAttributeValues: values }),
        ReturnValues: "ALL_NEW"
      })
    )
    return Attributes.l.L.map(({ S }) => S ?? null)
  }
  const removed = await after("REMOVE l[0], l[1]")
  const set = await after("SET l[5] = :d", { ":d": { S: "d" } })
  console.log(JSON.stringify({ removed, set }))
} finally {
  server.kill()
}
JS
seen="$(node --no-warnings seen.mjs "node_modules/$binary/dynoxide")"
expected='{"removed":["b"],"set":["a","b","c",null,null,"d"]}'
echo "dynoxide 1.2.1: of [a, b, c], REMOVE l[0], l[1] leaves b (not c), and SET l[5] fills up with NULL (does not append): $seen"
[ "$seen" = "$expected" ]
