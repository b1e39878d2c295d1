#!/usr/bin/env bash
# PRAGMA secure_delete = ON is to overwrite with zeros what is deleted, and a good guess is that the file then holds none of it. In a table
# WITHOUT ROWID copies of some rows stay nevertheless; in one with a rowid there were none. Whoever
# promises to have deleted somebody's data, and reads in the manual that this or VACUUM is enough, has to take VACUUM.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
node="node-$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$node@24.21.0" >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

const mark = "PERSONAL-MARK-"
const isAnywhereIn = (file) => readFileSync(file).includes(mark)

/** 3,000 rows of many lengths, of which every thirtieth is deleted again. */
const isLeftBy = (kind, seed) => {
  const file = `${kind.replace(" ", "-")}${seed}.db`
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA secure_delete = ON; CREATE TABLE people (id TEXT PRIMARY KEY, text TEXT) ${kind}; BEGIN`)
  const insert = database.prepare("INSERT INTO people VALUES (?, ?)")
  let chance = seed
  for (let n = 0; n < 3_000; n++) {
    chance = (Math.imul(chance, 1103515245) + 12345) & 0x7fffffff
    const text = n % 30 === 0 ? mark : "something-else-"
    insert.run(String(n).padStart(6, "0"), text.repeat(1 + ((chance >> 8) % 20)))
  }
  database.exec(`COMMIT; DELETE FROM people WHERE text LIKE '${mark}%'`)
  if (database.prepare("PRAGMA secure_delete").get().secure_delete !== 1) throw new Error("secure_delete is not on")
  const isLeft = isAnywhereIn(file)
  database.exec("VACUUM")
  return { isLeft, isLeftAfterVacuum: isAnywhereIn(file) }
}
const count = (kind) => {
  const files = Array.from({ length: 8 }, (_, n) => isLeftBy(kind, n + 1))
  return [files.filter(({ isLeft }) => isLeft).length, files.filter(({ isLeftAfterVacuum }) => isLeftAfterVacuum).length]
}
console.log(JSON.stringify({ sqlite: process.versions.sqlite, withoutRowid: count("WITHOUT ROWID"), withRowid: count("") }))
JS
seen="$("node_modules/$node/bin/node" --no-warnings seen.mjs)"
expected='{"sqlite":"3.53.4","withoutRowid":[2,0],"withRowid":[0,0]}'
echo "Node 24.21.0, node:sqlite, secure_delete on: of eight files each, in how many deleted rows can be read before and after VACUUM: $seen"
[ "$seen" = "$expected" ]
