#!/usr/bin/env bash
# The option `timeout` waits for a database that another connection writes to, but not where the transaction has read before: what it
# read is old, so no waiting would help, and the write fails at once. Code and message are those of a wait that took too long; only
# errcode tells them apart (517, 5). Whoever reads and then writes in BEGIN has to repeat it all, or begin with BEGIN IMMEDIATE.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
node="node-$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund "$node@24.21.0" >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { DatabaseSync } from "node:sqlite"

const timeout = 1_500
const open = () => new DatabaseSync("file.db", { timeout })
const [mine, other] = [open(), open()]
mine.exec("PRAGMA journal_mode = WAL; CREATE TABLE counter (n)")
const write = () => {
  const startedAtMs = Date.now()
  try {
    mine.exec("INSERT INTO counter VALUES (1)")
  } catch ({ code, message, errcode }) {
    const waited = Date.now() - startedAtMs >= timeout * 0.9
    return { waited, code, message, errcode }
  } finally {
    if (mine.isTransaction) mine.exec("ROLLBACK")
  }
}
mine.exec("BEGIN")
mine.prepare("SELECT * FROM counter").all()
other.exec("INSERT INTO counter VALUES (2)")
const afterARead = write()
other.exec("BEGIN IMMEDIATE")
const whileAnotherWrites = write()
console.log(JSON.stringify({ afterARead, whileAnotherWrites }))
JS
seen="$("node_modules/$node/bin/node" --no-warnings seen.mjs)"
same='"code":"ERR_SQLITE_ERROR","message":"database is locked"'
expected="{\"afterARead\":{\"waited\":false,$same,\"errcode\":517},\"whileAnotherWrites\":{\"waited\":true,$same,\"errcode\":5}}"
echo "Node 24.21.0, node:sqlite with a timeout of 1.5 s: a write after a read does not wait, and fails with the same words: $seen"
[ "$seen" = "$expected" ]
