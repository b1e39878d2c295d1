#!/usr/bin/env bash
# A time without a zone, as a form or a database writes it, is local time to Date and to Schema.Date, and UTC to DateTime and
# Schema.DateTimeUtc. Two services that differ in the schema alone read one message as two moments, hours apart; on a machine that runs
# in UTC, as build machines do, no test sees it.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { DateTime, Schema } from "effect"

const text = "2026-07-01T10:00:00"
const read = (schema) => Schema.decodeSync(Schema.toCodecJson(schema))(text)
console.log(
  JSON.stringify({
    Date: read(Schema.Date).toISOString(),
    DateTimeUtc: DateTime.formatIso(read(Schema.DateTimeUtc)),
    makeUnsafe: DateTime.formatIso(DateTime.makeUnsafe(text))
  })
)
JS
seen="$(TZ=America/New_York node --no-warnings seen.mjs)"
expected='{"Date":"2026-07-01T14:00:00.000Z","DateTimeUtc":"2026-07-01T10:00:00.000Z","makeUnsafe":"2026-07-01T10:00:00.000Z"}'
echo "effect 4.1.0: 2026-07-01T10:00:00, read in New York: $seen"
[ "$seen" = "$expected" ]
