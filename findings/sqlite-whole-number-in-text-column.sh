#!/usr/bin/env bash
# node:sqlite binds every number as a float, whole ones too. A column of type TEXT turns it into text, with the fraction: 42 becomes
# "42.0". An id that is a number here and a text there is not found; as a bigint, or in the SQL, it is "42".
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
node="node-$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$node@24.21.0" >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { DatabaseSync } from "node:sqlite"

const database = new DatabaseSync(":memory:")
database.exec("CREATE TABLE orders (id TEXT)")
const insert = database.prepare("INSERT INTO orders VALUES (?)")
insert.run(42)
insert.run(42n)
database.exec("INSERT INTO orders VALUES (42)")
const ids = database.prepare("SELECT id FROM orders").all()
console.log(JSON.stringify({ ids: ids.map(({ id }) => id), type: database.prepare("SELECT typeof(?) AS type").get(42).type }))
JS
seen="$("node_modules/$node/bin/node" --no-warnings seen.mjs)"
expected='{"ids":["42.0","42","42"],"type":"real"}'
echo "Node 24.21.0, node:sqlite: 42, 42n and the literal 42, in a TEXT column: $seen"
[ "$seen" = "$expected" ]
