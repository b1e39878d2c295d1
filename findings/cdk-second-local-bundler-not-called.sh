#!/usr/bin/env bash
# The CDK bundles a folder once for the same options, and compares the options as JSON: of a local bundler, an object with a function,
# nothing is left. Two assets of one folder, each with its own tryBundle, both hold what the first wrote, so two Lambda functions run the
# same code. Something that is in the JSON has to differ (an environment entry), or each needs an assetHash.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund aws-cdk-lib@2.276.0 constructs@10.8.1 >/dev/null 2>&1
mkdir source
echo 1 > source/shared.js
cat > seen.mjs <<'JS'
import { readFileSync, writeFileSync } from "node:fs"
import { App, DockerImage, Stack } from "aws-cdk-lib"
import { Asset } from "aws-cdk-lib/aws-s3-assets"

const app = new App({ outdir: "out" })
const stack = new Stack(app, "Stack")
const called = []
const assetOf = (name, environment) => {
  const tryBundle = (folder) => {
    called.push(name)
    writeFileSync(`${folder}/index.js`, name)
    return true
  }
  const image = DockerImage.fromRegistry("not-used")
  return new Asset(stack, name, { path: "source", bundling: { image, local: { tryBundle }, environment } })
}
const holds = (asset) => readFileSync(`out/${asset.assetPath}/index.js`, "utf8")
const assets = [assetOf("orders"), assetOf("invoices"), assetOf("refunds", { ENTRY: "refunds" })]
console.log(JSON.stringify({ called, holds: assets.map(holds) }))
JS
seen="$(node --no-warnings seen.mjs 2>/dev/null)"
expected='{"called":["orders","refunds"],"holds":["orders","orders","refunds"]}'
echo "aws-cdk-lib 2.276.0: assets orders, invoices and (with an environment) refunds, of one folder: $seen"
[ "$seen" = "$expected" ]
