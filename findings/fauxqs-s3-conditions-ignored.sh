#!/usr/bin/env bash
# S3 refuses a put with If-None-Match: * where there is an object, and one with If-Match of another version, by 412
# (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). fauxqs takes both and overwrites. A test on it does not
# notice an object that is lost, nor a client that does not handle the refusal.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
node="node-$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$node@24.21.0" fauxqs@2.4.1 @aws-sdk/client-s3@3.1175.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { startFauxqs } from "fauxqs"

const server = await startFauxqs({ port: 0, logger: false })
const credentials = { accessKeyId: "a", secretAccessKey: "b" }
const endpoint = `http://127.0.0.1:${server.port}`
const client = new S3Client({ endpoint, region: "eu-central-1", credentials, forcePathStyle: true, maxAttempts: 1 })
await client.send(new CreateBucketCommand({ Bucket: "bucket" }))
const put = (Body, more) => client.send(new PutObjectCommand({ Bucket: "bucket", Key: "key", Body, ...more }))
await put("first")
const conditions = { IfNoneMatch: "*", IfMatch: '"00000000000000000000000000000000"' }
const seen = {}
for (const [name, value] of Object.entries(conditions)) {
  await put(name, { [name]: value }).catch(() => {})
  const { Body } = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))
  seen[name] = await Body.transformToString()
}
console.log(JSON.stringify(seen))
await server.stop()
JS
seen="$("node_modules/$node/bin/node" --no-warnings seen.mjs)"
expected='{"IfNoneMatch":"IfNoneMatch","IfMatch":"IfMatch"}'
echo "fauxqs 2.4.1: what the object holds after a put with each of these, neither of which S3 would take: $seen"
[ "$seen" = "$expected" ]
