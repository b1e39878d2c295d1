#!/usr/bin/env bash
# ApproximateCreationDateTime of a stream's record is the second of the write, rounded down, by
# docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html. DynamoDB Local rounds down to the minute: a
# test that takes a record's age, or finds the newest by its time, is up to a minute off. Needs Java 17.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/client-dynamodb-streams@3.1141.0 >/dev/null 2>&1
# The package that carries the emulator: of it the emulator alone, not what it depends on.
npm pack --silent amplify-dynamodb-simulator@2.9.30 >/dev/null
tar -xzf amplify-dynamodb-simulator-2.9.30.tgz --strip-components=1 package/emulator
cat > seen.mjs <<'JS'
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { setTimeout } from "node:timers/promises"
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"
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
const flags = ["-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory", "-disableTelemetry"]
const server = spawn("java", [...flags, "-port", port], { cwd: "emulator", stdio: "ignore" })
const endpoint = `http://127.0.0.1:${port}`
try {
  while (server.exitCode === null && !(await fetch(endpoint).catch(() => false))) await setTimeout(100)
  const options = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } }
  const client = new DynamoDBClient(options)
  const streams = new DynamoDBStreamsClient(options)
  const TableName = "records"
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" }
    })
  )
  // Not in the first two seconds of a minute, where the two are hardly to be told apart.
  if (new Date().getSeconds() < 2) await setTimeout(2_500)
  const put = async (pk) => {
    const second = Math.floor(Date.now() / 1_000)
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk } } }))
    return second
  }
  const first = await put("first")
  await setTimeout(1_500)
  await put("second")
  const { Table } = await client.send(new DescribeTableCommand({ TableName }))
  const StreamArn = Table.LatestStreamArn
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  const times = []
  for (const { ShardId } of StreamDescription.Shards) {
    const from = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(from))
    const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }))
    times.push(...Records.map(({ dynamodb }) => dynamodb.ApproximateCreationDateTime.getTime() / 1_000))
  }
  const wholeMinutes = times.every((seconds) => seconds % 60 === 0)
  console.log(JSON.stringify({ records: times.length, wholeMinutes, beforeTheWrite: times[0] < first }))
} finally {
  server.kill()
}
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"records":2,"wholeMinutes":true,"beforeTheWrite":true}'
echo "DynamoDB Local of amplify-dynamodb-simulator 2.9.30: times of stream records are rounded down to the minute: $seen"
[ "$seen" = "$expected" ]
