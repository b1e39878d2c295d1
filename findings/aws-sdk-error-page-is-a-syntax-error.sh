#!/usr/bin/env bash
# A load balancer or a proxy answers 503 with a page. The AWS SDK tries again, as it should, and then fails with the SyntaxError of
# JSON.parse: by its name a bug of the caller's, not a service that is away. Only $metadata.httpStatusCode tells.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { createServer } from "node:http"
import { DynamoDBClient, DynamoDBServiceException, ListTablesCommand } from "@aws-sdk/client-dynamodb"

const server = createServer((request, response) => {
  response.writeHead(503, { "content-type": "text/html" })
  request.resume().on("end", () => response.end("<html>Service Unavailable</html>"))
})
await new Promise((listening) => server.listen(0, "127.0.0.1", listening))
const endpoint = `http://127.0.0.1:${server.address().port}`
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials })
const error = await client.send(new ListTablesCommand()).catch((caught) => caught)
const { attempts, httpStatusCode } = error.$metadata
const isOfService = error instanceof DynamoDBServiceException
console.log(JSON.stringify({ name: error.name, isOfService, attempts, httpStatusCode }))
server.closeAllConnections()
server.close()
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"name":"SyntaxError","isOfService":false,"attempts":4,"httpStatusCode":503}'
echo "@aws-sdk/client-dynamodb 3.1169.0: a 503 with an HTML page, tried to the end: $seen"
[ "$seen" = "$expected" ]
