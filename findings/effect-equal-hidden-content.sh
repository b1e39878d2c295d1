#!/usr/bin/env bash
# Equal compares objects by their properties and the getters of their class. What they give by a method alone is not looked at: two
# URLSearchParams with as many entries are equal, and any two of a class with a private field. A HashSet keeps one of them, and a Cache
# gives the value of the one key for the other.
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
class Money {
  #cents
  constructor(cents) {
    this.#cents = cents
  }
  cents() {
    return this.#cents
  }
}
const cached = Effect.gen(function* () {
  const cache = yield* Cache.make({ capacity: 10, lookup: (key) => Effect.succeed(String(key)) })
  yield* Cache.get(cache, first)
  return yield* Cache.get(cache, second)
})
console.log(
  JSON.stringify({
    urls: Equal.equals(new URL("http://a/?page=1"), new URL("http://a/?page=2")),
    money: Equal.equals(new Money(1), new Money(2)),
    parameters: Equal.equals(first, second),
    inOneSet: HashSet.size(HashSet.make(first, second)),
    cachedForPage2: await Effect.runPromise(cached)
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"urls":false,"money":true,"parameters":true,"inOneSet":1,"cachedForPage2":"page=1"}'
echo "effect 4.1.0: objects that differ in what a method gives are equal, in sets and as keys of a Cache: $seen"
[ "$seen" = "$expected" ]
