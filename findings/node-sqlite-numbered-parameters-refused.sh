#!/usr/bin/env bash
# A statement whose parameters are numbered (`?1`), so that one value can stand at two places, takes its values in order in Node 24. Node 22.13, the first
# that has node:sqlite without a flag, counts them among the named ones: what is given in order finds no place, and an ordinary query is an error there.
# Whoever tries a statement on a newer Node only ships one that an older Node refuses, which `engines` may well allow.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
platform="$(node -p 'process.platform + "-" + process.arch')"
cat > seen.mjs <<'JS'
import { DatabaseSync } from "node:sqlite"

const database = new DatabaseSync(":memory:")
const ask = (sql, ...values) => {
  try {
    return database.prepare(sql).get(...values).sum
  } catch ({ message }) {
    return message
  }
}
console.log(JSON.stringify([ask("select ?1 + ?1 + ?2 as sum", 1, 5), ask("select ? + ? + ? as sum", 1, 1, 5)]))
JS
seen=""
for version in 22.13.0 24.21.0; do
  npm install --silent --no-audit --no-fund --prefix "$version" "node-$platform@$version" >/dev/null 2>&1
  seen+="$version $("$version/node_modules/node-$platform/bin/node" --no-warnings seen.mjs) "
done
expected='22.13.0 ["column index out of range",7] 24.21.0 [7,7] '
echo "node:sqlite, values in order for numbered parameters and for plain ones: $seen"
[ "$seen" = "$expected" ]
