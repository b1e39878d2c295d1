#!/usr/bin/env bash
# Void takes every value and writes null. In a union it takes those of the members behind it as well, and beside them null itself: a text goes
# out and undefined comes back, with no error on either side.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Schema } from "effect"

const thereAndBack = (schema, value) => {
  const codec = Schema.toCodecJson(schema)
  const back = Schema.decodeSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(value))))
  return back === undefined ? "undefined" : back
}
console.log(
  JSON.stringify({
    voidFirst: thereAndBack(Schema.Union([Schema.Void, Schema.String]), "a"),
    textFirst: thereAndBack(Schema.Union([Schema.String, Schema.Void]), "a"),
    nullOrVoid: thereAndBack(Schema.NullOr(Schema.Void), null)
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"voidFirst":"undefined","textFirst":"a","nullOrVoid":"undefined"}'
echo "effect 4.1.0: a union with Void in it loses values of the members behind it, in silence: $seen"
[ "$seen" = "$expected" ]
