#!/usr/bin/env bash
# `requestTimeout` of the AWS SDK is not the longest that a request takes: when it is over there is a warning in the log, and the call
# goes on waiting, for as long as the server does. Whoever budgets a Lambda's time by it is late. It ends the request only with
# throwOnRequestTimeout, which nothing but the type's comment tells.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { createServer } from "node:http"
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb"

const answersAfterMs = 2_000
const server = createServer((_, response) => setTimeout(() => response.end('{"TableNames":[]}'), answersAfterMs))
await new Promise((listening) => server.listen(0, "127.0.0.1", listening))
const call = async (more) => {
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 100, logger: { ...console, warn: () => {} }, ...more }
  })
  return client.send(new ListTablesCommand()).then(
    () => "answer",
    ({ name }) => name
  )
}
console.log(JSON.stringify({ alone: await call({}), withThrow: await call({ throwOnRequestTimeout: true }) }))
server.closeAllConnections()
server.close()
JS
seen="$(node --no-warnings seen.mjs 2>/dev/null)"
expected='{"alone":"answer","withThrow":"TimeoutError"}'
echo "@aws-sdk/client-dynamodb 3.1169.0: an answer after 2 s, with a requestTimeout of 100 ms: $seen"
[ "$seen" = "$expected" ]
