#!/usr/bin/env bash
# SQS takes #x10000 to #x10FFFF in a message (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html), which is
# where emoji are. fauxqs looks at the two halves of such a character one by one, and refuses the message as if it were broken. Whoever
# tests with people's own texts thinks that SQS cannot carry them.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
node="node-$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$node@24.21.0" fauxqs@2.4.1 @aws-sdk/client-sqs@3.1175.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import { startFauxqs } from "fauxqs"

const server = await startFauxqs({ port: 0, logger: false })
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const client = new SQSClient({ endpoint: `http://127.0.0.1:${server.port}`, region: "eu-central-1", credentials })
const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "queue" }))
const seen = {}
for (const MessageBody of ["é", "漢", "👋"]) {
  seen[MessageBody] = await client.send(new SendMessageCommand({ QueueUrl, MessageBody })).then(
    () => "taken",
    ({ name }) => name.split(".").at(-1)
  )
}
console.log(JSON.stringify(seen))
await server.stop()
JS
seen="$("node_modules/$node/bin/node" --no-warnings seen.mjs)"
expected='{"é":"taken","漢":"taken","👋":"InvalidMessageContents"}'
echo "fauxqs 2.4.1: messages of these to SQS, which takes all of them: $seen"
[ "$seen" = "$expected" ]
