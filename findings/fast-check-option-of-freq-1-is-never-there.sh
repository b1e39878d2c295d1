#!/usr/bin/env bash
# `freq` of `fc.option` is no weight of the value, as `weight` of `fc.oneof` is, though both begin at 1: it is one in how many is absent. So the option
# that somebody writes to be there as often as can be, or as seldom, with `freq: 1`, is never there at all, and all that hangs on it is never tried: no error says so.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund fast-check@4.11.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import * as fc from "fast-check"

const there = (arbitrary) => fc.sample(arbitrary, { seed: 7, numRuns: 10_000 }).filter((value) => value !== null).length
const tenths = (arbitrary) => Math.round(there(arbitrary) / 1_000)
const option = (freq) => tenths(fc.option(fc.nat(9), { freq }))
const oneof = tenths(fc.oneof({ weight: 1, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.constant(null) }))
console.log(JSON.stringify({ thereWithFreq1: there(fc.option(fc.nat(9), { freq: 1 })), tenthsWithFreq2: option(2), tenthsOfEqualWeights: oneof }))
JS
seen="$(node seen.mjs)"
expected='{"thereWithFreq1":0,"tenthsWithFreq2":5,"tenthsOfEqualWeights":5}'
echo "fast-check 4.11.0: of 10,000 options with freq 1, 2 and of a choice by equal weights a value is there: $seen"
[ "$seen" = "$expected" ]
