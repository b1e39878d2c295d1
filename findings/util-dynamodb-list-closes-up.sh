#!/usr/bin/env bash
# removeUndefinedValues keeps absent fields of objects from being refused, as JSON leaves them out. In a list JSON writes null, so that
# the others keep their places; marshall takes the element out, and all behind it move up. A pair [from, to] without a start becomes [to].
# What is a function is taken out without the option too, where undefined is refused.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/util-dynamodb@3.996.9 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"

const thereAndBack = (list, options) => {
  try {
    return unmarshall(marshall({ list }, options)).list
  } catch ({ constructor }) {
    return constructor.name
  }
}
const list = [undefined, "to"]
console.log(
  JSON.stringify({
    json: JSON.parse(JSON.stringify(list)),
    removed: thereAndBack(list, { removeUndefinedValues: true }),
    byDefault: thereAndBack(list),
    functionByDefault: thereAndBack([() => "from", "to"])
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"json":[null,"to"],"removed":["to"],"byDefault":"Error","functionByDefault":["to"]}'
echo "@aws-sdk/util-dynamodb 3.996.9: a list of an undefined (a function) and a text, there and back: $seen"
[ "$seen" = "$expected" ]
