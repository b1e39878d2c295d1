#!/usr/bin/env bash
# In a generator, `finally` runs however the block is left, and Effect.gen reads like async code. But a failed or interrupted effect
# leaves the generator where it stands: neither `finally` nor `catch` is entered. Whoever frees a lock there keeps it for good.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Effect } from "effect"

const entered = { succeeded: [], failed: [], interrupted: [] }
const around = (name, effect) =>
  Effect.gen(function* () {
    try {
      yield* effect
    } catch {
      entered[name].push("catch")
    } finally {
      entered[name].push("finally")
    }
  })
await Effect.runPromiseExit(around("succeeded", Effect.void))
await Effect.runPromiseExit(around("failed", Effect.fail("no")))
await Effect.runPromiseExit(Effect.timeout(around("interrupted", Effect.never), 5))
console.log(JSON.stringify(entered))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"succeeded":["finally"],"failed":[],"interrupted":[]}'
echo "effect 4.1.0: try around a yield* in Effect.gen: finally runs on success only, catch never: $seen"
[ "$seen" = "$expected" ]
