#!/usr/bin/env bash
# What tests replace on Node, Bun and Deno hold, each another part of it: of node:os Bun holds `tmpdir` alone, whose neighbours it lets go, and Deno the
# process's own `pid` (not `argv`). There the same assignment throws. Whoever watches what code asks of its machine asks `Reflect`, which says false instead.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bun@1.4.5 deno@2.9.6 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import os from "node:os"

const functions = ["hostname", "tmpdir"].filter((name) => !Reflect.set(os, name, () => "replaced"))
const fields = ["argv", "pid"].filter((name) => !Reflect.defineProperty(process, name, { configurable: true, get: () => 7 }))
console.log(JSON.stringify({ held: [...functions, ...fields] }))
JS
of_bun="$(node_modules/@oven/bun-*/bin/bun seen.mjs)"
of_deno="$(node_modules/@deno/*/deno run --allow-all seen.mjs)"
of_node="$(node --no-warnings seen.mjs)"
seen="node $of_node bun $of_bun deno $of_deno"
expected='node {"held":[]} bun {"held":["tmpdir"]} deno {"held":["pid"]}'
echo "bun 1.4.5, deno 2.9.6: what cannot be replaced of node:os and process: $seen"
[ "$seen" = "$expected" ]
