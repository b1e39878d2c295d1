#!/usr/bin/env bash
# A field that may be null or undefined (optional(NullOr(...))) often means "clear it" by one and "leave it" by the other. The JSON codec
# of Effect writes both as null and reads null: an update that says nothing of a field clears it. With optionalKey the key stays out.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Schema } from "effect"

const thereAndBack = (field, value) => {
  const codec = Schema.toCodecJson(Schema.Struct({ nickname: field }))
  const { nickname } = Schema.decodeSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(value))))
  return String(nickname)
}
const { NullOr, optional, optionalKey, String: Text } = Schema
console.log(
  JSON.stringify({
    optional: thereAndBack(optional(Text), { nickname: undefined }),
    optionalNullOr: thereAndBack(optional(NullOr(Text)), { nickname: undefined }),
    optionalKeyNullOr: thereAndBack(optionalKey(NullOr(Text)), {})
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"optional":"undefined","optionalNullOr":"null","optionalKeyNullOr":"undefined"}'
echo "effect 4.1.0: an undefined field through toCodecJson, by its schema: $seen"
[ "$seen" = "$expected" ]
