#!/usr/bin/env bash
# A document client writes its translateConfig into the configuration of the client that it is made from: of two document clients of
# one client, the one made last says how both translate. A library that is handed a client and makes itself a document client changes
# the numbers that its application reads, and without an error.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/lib-dynamodb@3.1169.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Readable } from "node:stream"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb"

const requestHandler = {
  handle: async () => {
    const body = Readable.from([Buffer.from(JSON.stringify({ Item: { n: { N: "1" } } }))])
    return { response: { statusCode: 200, headers: { "content-type": "application/x-amz-json-1.0" }, body } }
  }
}
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const client = new DynamoDBClient({ region: "eu-central-1", credentials, requestHandler })
const first = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: (text) => `wrapped ${text}` } })
const read = async () => (await first.send(new GetCommand({ TableName: "t", Key: { pk: "a" } }))).Item.n
const alone = await read()
DynamoDBDocumentClient.from(client)
console.log(JSON.stringify({ alone, besideALaterOne: await read() }))
JS
seen="$(node seen.mjs)"
expected='{"alone":"wrapped 1","besideALaterOne":1}'
echo "@aws-sdk/lib-dynamodb 3.1169.0: two document clients of one client translate as the later one says: $seen"
[ "$seen" = "$expected" ]
