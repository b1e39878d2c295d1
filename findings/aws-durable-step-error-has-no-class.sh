#!/usr/bin/env bash
# What a step throws is caught as a StepError whose cause is a plain Error: class and own fields are gone in the very run that threw it,
# not only after a replay; the name alone stays. `instanceof` and `code`, by which a handler tells "card refused" from "card service
# away", never match.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @aws/durable-execution-sdk-js@2.4.0 @aws/durable-execution-sdk-js-testing@1.1.4 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { withDurableExecution } from "@aws/durable-execution-sdk-js"
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing"

class CardRefused extends Error {
  name = "CardRefused"
  code = "insufficient_funds"
}
let invocations = 0
const handlerFunction = withDurableExecution(async (_, context) => {
  invocations += 1
  const refuse = async () => {
    throw new CardRefused("refused")
  }
  try {
    await context.step("charge", refuse, { retryStrategy: () => ({ shouldRetry: false }) })
  } catch (error) {
    const { cause } = error
    const isCardRefused = error instanceof CardRefused || cause instanceof CardRefused
    const { name, constructor, code = null } = cause
    return { invocations, error: error.name, cause: { class: constructor.name, name, code }, isCardRefused }
  }
})
await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true })
const execution = await new LocalDurableTestRunner({ handlerFunction }).run({ payload: {} })
process.stderr.write(JSON.stringify(execution.getResult()))
await LocalDurableTestRunner.teardownTestEnvironment()
JS
# The SDK writes its log to the standard output.
seen="$(node --no-warnings seen.mjs 2>&1 >/dev/null)"
expected='{"invocations":1,"error":"StepError","cause":{"class":"Error","name":"CardRefused","code":null},"isCardRefused":false}'
echo "@aws/durable-execution-sdk-js 2.4.0: what is left of an error with class and code that a step threw, without a replay: $seen"
[ "$seen" = "$expected" ]
