#!/usr/bin/env bash
# A job at 2:00 and 2:30 in Berlin runs twice each night. On the night without these times Cron.next says 3:00, the instant after the gap as its
# documentation has it, and asked from there it says the next day: the second job of that night is left out. Asked from before the gap, a job
# at 2:30 alone is put off to 3:30. Schedule.cron goes from one answer to the next, so it leaves the job out.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Cron } from "effect"

const evening = new Date("2026-03-28T12:00:00Z")
const nights = (text) => {
  const cron = Cron.parseUnsafe(text, "Europe/Berlin")
  const first = Cron.next(cron, evening)
  return [first, Cron.next(cron, first)].map((time) => time.toISOString())
}
console.log(JSON.stringify({ both: nights("0,30 2 * * *"), second: nights("30 2 * * *") }))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"both":["2026-03-29T01:00:00.000Z","2026-03-30T00:00:00.000Z"],"second":["2026-03-29T01:30:00.000Z","2026-03-30T00:30:00.000Z"]}'
echo "effect 4.1.0: 0,30 2 and 30 2 in Berlin, over the night without 2 o'clock: $seen"
[ "$seen" = "$expected" ]
