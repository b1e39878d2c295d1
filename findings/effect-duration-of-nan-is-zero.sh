#!/usr/bin/env bash
# A duration of NaN is one of zero, and so is an object whose unit is undefined; both are taken, where a text that is no duration is refused.
# Whoever reads a time-out or an age from a variable that is not set (`Number(process.env.DAYS)`) has none at all, and deletes at once.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Duration, Option } from "effect"

const msOf = (input) => Option.getOrNull(Option.map(Duration.fromInput(input), Duration.toMillis))
const seen = { nan: msOf(Number.NaN), unset: msOf({ days: undefined }), empty: msOf({}), text: msOf("NaN days") }
console.log(JSON.stringify(seen))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"nan":0,"unset":0,"empty":0,"text":null}'
echo "effect 4.1.0: Duration.fromInput takes NaN and units that are undefined for a length of 0 ms: $seen"
[ "$seen" = "$expected" ]
