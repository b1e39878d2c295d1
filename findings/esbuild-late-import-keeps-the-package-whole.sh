#!/usr/bin/env bash
# A client of the AWS SDK that is loaded late, by `await import("@aws-sdk/client-...")`, brings all of its package into a bundle though two names of it
# are used: esbuild drops nothing of what is imported so. With a module of one's own between, that exports the two names, it drops the rest.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-s3@3.1141.0 esbuild@0.28.2 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { buildSync } from "esbuild"
import { writeFileSync } from "node:fs"

const kilobytes = (from) => {
  const contents = `const { GetObjectCommand, S3Client } = await import("${from}")\nconsole.log(S3Client, GetObjectCommand)`
  const options = { bundle: true, minify: true, format: "esm", platform: "node", mainFields: ["module", "main"], write: false }
  const { outputFiles } = buildSync({ ...options, stdin: { contents, resolveDir: "." } })
  return Math.round(outputFiles[0].contents.length / 10_000) * 10
}
writeFileSync("s3.mjs", 'export { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"')
const [whole, between] = [kilobytes("@aws-sdk/client-s3"), kilobytes("./s3.mjs")]
console.log(JSON.stringify({ whole, between }))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"whole":490,"between":460}'
echo "esbuild 0.28.2, @aws-sdk/client-s3 3.1141.0: kB of a bundle with one late command: $seen"
[ "$seen" = "$expected" ]
