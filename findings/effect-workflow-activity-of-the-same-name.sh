#!/usr/bin/env bash
# An Activity looks like an effect that is remembered, and is remembered by its name alone: the second one of a name in an execution does
# not run, whatever it would do, and gives the first one's value. A loop that charges every customer under one name charges one.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Effect, Layer, Schema } from "effect"
import { Activity, Workflow, WorkflowEngine } from "effect/workflow"

const charged = []
const charge = (customer) =>
  Activity.make({
    name: "charge",
    success: Schema.String,
    execute: Effect.sync(() => {
      charged.push(customer)
      return `receipt of ${customer}`
    })
  })
const Billing = Workflow.make("Billing", {
  payload: { month: Schema.String },
  success: Schema.Array(Schema.String),
  idempotencyKey: ({ month }) => month
})
const layer = Billing.toLayer(() => Effect.forEach(["ada", "bob", "eve"], charge))
const engine = Layer.provideMerge(layer, WorkflowEngine.layerMemory)
const receipts = await Effect.runPromise(Effect.provide(Billing.execute({ month: "2026-11" }), engine))
console.log(JSON.stringify({ charged, receipts }))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"charged":["ada"],"receipts":["receipt of ada","receipt of ada","receipt of ada"]}'
echo "effect 4.1.0, effect/workflow in memory: an activity \"charge\" for each of ada, bob and eve: $seen"
[ "$seen" = "$expected" ]
