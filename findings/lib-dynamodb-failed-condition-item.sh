#!/usr/bin/env bash
# The document client gives plain values for every answer, but the item that comes with a failed condition
# (ReturnValuesOnConditionCheckFailure) stays in DynamoDB's own format: whoever reads it as a plain item gets objects for texts.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/lib-dynamodb@3.1169.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb"

const item = { pk: { S: "a" }, n: { N: "1" } }
const answers = {
  GetItem: { status: 200, body: { Item: item } },
  PutItem: {
    status: 400,
    body: { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", message: "no", Item: item }
  }
}
const requestHandler = {
  handle: async ({ headers }) => {
    const { status, body } = answers[headers["x-amz-target"].split(".")[1]]
    const stream = new ReadableStream({
      start: (to) => {
        to.enqueue(new TextEncoder().encode(JSON.stringify(body)))
        to.close()
      }
    })
    return { response: { statusCode: status, headers: { "content-type": "application/x-amz-json-1.0" }, body: stream } }
  }
}
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: "eu-central-1", credentials, requestHandler }))
const { Item } = await client.send(new GetCommand({ TableName: "t", Key: { pk: "a" } }))
const put = new PutCommand({
  TableName: "t",
  Item: { pk: "a", n: 2 },
  ConditionExpression: "attribute_not_exists(pk)",
  ReturnValuesOnConditionCheckFailure: "ALL_OLD"
})
const error = await client.send(put).catch((caught) => caught)
console.log(JSON.stringify({ read: Item, withTheError: error.Item }))
JS
seen="$(node seen.mjs)"
expected='{"read":{"pk":"a","n":1},"withTheError":{"pk":{"S":"a"},"n":{"N":"1"}}}'
echo "@aws-sdk/lib-dynamodb 3.1169.0: the item with a failed condition is not translated, others are: $seen"
[ "$seen" = "$expected" ]
