#!/usr/bin/env bash
# DynamoDB Streams has no record of a put or an update that leaves the item as it was
# (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html). dynoxide makes one, with the same image twice. A test that
# touches an item so as to wake a consumer is green on it, and in an account the consumer sleeps.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
binary="@dynoxide/$(node -p 'process.platform + "-" + process.arch')"
sdk=@aws-sdk/client-dynamodb
npm install --silent --no-audit --no-fund "$binary@1.2.1" "$sdk@3.1169.0" "$sdk-streams@3.1141.0" >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { setTimeout } from "node:timers/promises"
import { CreateTableCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb"
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand
} from "@aws-sdk/client-dynamodb-streams"

const probe = createServer().listen(0, "127.0.0.1")
await once(probe, "listening")
const port = String(probe.address().port)
await new Promise((done) => probe.close(done))
const server = spawn(process.argv[2], ["serve", "--port", port], { stdio: "ignore" })
const endpoint = `http://127.0.0.1:${port}`
try {
  while (server.exitCode === null && !(await fetch(endpoint).catch(() => false))) await setTimeout(100)
  const options = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } }
  const client = new DynamoDBClient(options)
  const streams = new DynamoDBStreamsClient(options)
  const TableName = "records"
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" }
    })
  )
  const pk = { S: "a" }
  const n = { N: "1" }
  const put = () => client.send(new PutItemCommand({ TableName, Item: { pk, n } }))
  await put()
  await put()
  const same = { UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ":n": n } }
  await client.send(new UpdateItemCommand({ TableName, Key: { pk }, ...same }))
  const StreamArn = TableDescription.LatestStreamArn
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  const seen = []
  for (const { ShardId } of StreamDescription.Shards) {
    const from = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(from))
    const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }))
    for (const { eventName, dynamodb } of Records) {
      const isSame = JSON.stringify(dynamodb.OldImage?.n) === JSON.stringify(dynamodb.NewImage.n)
      seen.push(isSame ? `${eventName} to the same` : eventName)
    }
  }
  console.log(JSON.stringify(seen))
} finally {
  server.kill()
}
JS
seen="$(node --no-warnings seen.mjs "node_modules/$binary/dynoxide")"
expected='["INSERT","MODIFY to the same","MODIFY to the same"]'
echo "dynoxide 1.2.1: records of a stream after a put, the same put, and an update to the same: $seen"
[ "$seen" = "$expected" ]
