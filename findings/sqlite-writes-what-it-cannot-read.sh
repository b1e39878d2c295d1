#!/usr/bin/env bash
# A number above 2^53 (a time in nanoseconds) goes into an INTEGER column without a word. Reading it throws, and not for its row alone:
# all() of the table gives nothing any more. One row that another program wrote is enough. setReadBigInts helps, and changes every type.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
node="node-$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$node@24.21.0" >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { DatabaseSync } from "node:sqlite"

const outcome = (act) => {
  try {
    return act()
  } catch ({ code }) {
    return code
  }
}
const database = new DatabaseSync(":memory:")
database.exec("CREATE TABLE spans (endedAtNanos INTEGER)")
const insert = database.prepare("INSERT INTO spans VALUES (?)")
const all = database.prepare("SELECT endedAtNanos FROM spans")
const wrote = [1, 1_795_942_284_000_000_000].map((nanos) => outcome(() => insert.run(nanos).changes))
const readAsNumbers = outcome(() => all.all().length)
all.setReadBigInts(true)
const readAsBigints = outcome(() => all.all().map(({ endedAtNanos }) => String(endedAtNanos)))
console.log(JSON.stringify({ wrote, readAsNumbers, readAsBigints }))
JS
seen="$("node_modules/$node/bin/node" --no-warnings seen.mjs)"
expected='{"wrote":[1,1],"readAsNumbers":"ERR_OUT_OF_RANGE","readAsBigints":["1","1795942284000000000"]}'
echo "Node 24.21.0, node:sqlite: a number that it stored keeps all rows from being read: $seen"
[ "$seen" = "$expected" ]
