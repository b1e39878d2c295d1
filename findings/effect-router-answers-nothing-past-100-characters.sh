#!/usr/bin/env bash
# A route with a path parameter answers an empty 404 once the parameter has more than 100 characters: the router's `maxParamLength`, of which no type
# of HttpApi speaks. It is a `Context.Reference` that is read where the router is built, so that a service provided to the handler changes
# nothing, without a word; `HttpRouter.toWebHandler` takes it as `routerConfig`.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import * as Effect from "effect/Effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

const routes = HttpRouter.add("GET", "/runs/:id", Effect.succeed(HttpServerResponse.text("here")))
const answers = async (options) => {
  const { handler, dispose } = HttpRouter.toWebHandler(routes, { disableLogger: true, ...options })
  const statusOf = async (length) => (await handler(new Request(`http://localhost/runs/${"r".repeat(length)}`))).status
  const seen = [await statusOf(100), await statusOf(101)]
  await dispose()
  return seen
}
console.log(JSON.stringify({ plain: await answers({}), configured: await answers({ routerConfig: { maxParamLength: 512 } }) }))
JS
seen="$(node --no-warnings seen.mjs 2>&1 | tail -1)"
expected='{"plain":[200,404],"configured":[200,200]}'
echo "effect 4.1.0: statuses for path parameters of 100 and 101 characters: $seen"
[ "$seen" = "$expected" ]
