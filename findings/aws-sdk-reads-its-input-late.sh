#!/usr/bin/env bash
# client.send looks like it takes what it is given, but it writes the request some awaits later, from the same object. Parameters that
# are used again for the next call, without an await between, all go out as the last was: of three items only one is written, thrice.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"

const sent = []
const requestHandler = {
  handle: async ({ body }) => {
    sent.push(JSON.parse(new TextDecoder().decode(body)).Item.pk.S)
    return { response: { statusCode: 200, headers: {}, body: new Blob(["{}"]).stream() } }
  }
}
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const client = new DynamoDBClient({ region: "eu-central-1", credentials, requestHandler })
const parameters = { TableName: "table", Item: { pk: { S: "" } } }
const calls = ["a", "b", "c"].map((key) => {
  parameters.Item.pk.S = key
  return client.send(new PutItemCommand(parameters))
})
await Promise.all(calls)
console.log(JSON.stringify(sent))
JS
seen="$(node --no-warnings seen.mjs)"
expected='["c","c","c"]'
echo "@aws-sdk/client-dynamodb 3.1169.0: keys that three calls put, whose shared parameters were set to a, b and c before each: $seen"
[ "$seen" = "$expected" ]
