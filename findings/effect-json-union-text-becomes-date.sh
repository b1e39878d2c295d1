#!/usr/bin/env bash
# The JSON codec of a union does not say which member a text came from. With String after Date, a title "2" comes back as the year 2001;
# with String before, a date comes back as text. For BigInt the order does not even matter: "12" is always read as the number.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Schema } from "effect"

const kind = (value) => (value instanceof Date ? "Date" : typeof value)
const comeBackAs = (members, values) => {
  const codec = Schema.toCodecJson(Schema.Union(members))
  return values.map((value) => kind(Schema.decodeSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(value))))))
}
const { String, Date: DateSchema, BigInt } = Schema
console.log(
  JSON.stringify({
    dateFirst: comeBackAs([DateSchema, String], ["2", new Date(0)]),
    textFirst: comeBackAs([String, DateSchema], ["2", new Date(0)]),
    bigintFirst: comeBackAs([BigInt, String], ["12", 12n]),
    textBeforeBigint: comeBackAs([String, BigInt], ["12", 12n])
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"dateFirst":["Date","Date"],"textFirst":["string","string"],"bigintFirst":["bigint","bigint"],"textBeforeBigint":["bigint","bigint"]}'
echo "effect 4.1.0: a text and a value of the other member, through toCodecJson of their union, by the order of the members: $seen"
[ "$seen" = "$expected" ]
