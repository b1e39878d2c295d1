#!/usr/bin/env bash
# A page behind a cursor has two upper bounds: the end of the range, and the place of the cursor as a pair of columns. SQLite begins at the one that is
# written first in the condition, however much further the other would take it, and goes row by row through what lies between.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund sql.js@1.13.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import open from "sql.js"

const database = new (await open()).Database()
database.run("create table runs (at integer, id text, primary key (at, id)) without rowid")
const planOf = (condition) => {
  const [{ values }] = database.exec(`explain query plan select id from runs where ${condition} order by at desc, id desc limit 10`)
  return values.map(([, , , detail]) => detail.replace("SEARCH runs USING PRIMARY KEY ", "")).join("; ")
}
const [[version]] = database.exec("select sqlite_version()")[0].values
const endFirst = planOf("at < 900 and (at, id) < (5, 'r')")
const cursorFirst = planOf("(at, id) < (5, 'r') and at < 900")
console.log(JSON.stringify({ version, endFirst, cursorFirst }))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"version":"3.49.1","endFirst":"(at<?)","cursorFirst":"((at,id)<(?,?))"}'
echo "sql.js 1.13.0: where two upper bounds are given, the plans are: $seen"
[ "$seen" = "$expected" ]
