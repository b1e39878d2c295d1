#!/usr/bin/env bash
# Equal compares plain objects by their own enumerable properties. What keeps its content elsewhere has none, so two of a class are always
# equal: a HashSet keeps one of them, and a Cache gives the value of the one key for the other. Dates and typed arrays are compared well.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Cache, Effect, Equal, HashSet } from "effect"

const first = new URLSearchParams("page=1")
const second = new URLSearchParams("page=2")
const cached = Effect.gen(function* () {
  const cache = yield* Cache.make({ capacity: 10, lookup: (key) => Effect.succeed(String(key)) })
  yield* Cache.get(cache, first)
  return yield* Cache.get(cache, second)
})
console.log(
  JSON.stringify({
    dates: Equal.equals(new Date(1), new Date(2)),
    parameters: Equal.equals(first, second),
    inOneSet: HashSet.size(HashSet.make(first, second)),
    cachedForPage2: await Effect.runPromise(cached)
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"dates":false,"parameters":true,"inOneSet":1,"cachedForPage2":"page=1"}'
echo "effect 4.1.0: any two URLSearchParams are equal, in sets and as keys of a Cache: $seen"
[ "$seen" = "$expected" ]
