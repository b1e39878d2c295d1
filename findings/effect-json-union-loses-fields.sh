#!/usr/bin/env bash
# Encoding a union takes the first member that the value fits, not the one that fits best, and a struct lets pass what it does not name
# by leaving it out. A value of a later member loses the fields that the earlier one lacks, and the rest is valid when it is read.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Schema } from "effect"

const Person = Schema.Struct({ name: Schema.String })
const Member = Schema.Struct({ name: Schema.String, since: Schema.Number })
const ada = { name: "Ada", since: 1843 }
const thereAndBack = (members) => {
  const codec = Schema.toCodecJson(Schema.Union(members))
  return Schema.decodeSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(ada))))
}
console.log(JSON.stringify({ smallFirst: thereAndBack([Person, Member]), largeFirst: thereAndBack([Member, Person]) }))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"smallFirst":{"name":"Ada"},"largeFirst":{"name":"Ada","since":1843}}'
echo "effect 4.1.0: a union of structs keeps the fields of the first member that fits, in silence: $seen"
[ "$seen" = "$expected" ]
