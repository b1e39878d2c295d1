#!/usr/bin/env bash
# Effect is free of side effects and tree-shaken, and yet `import { Effect } from "effect"` bundles the module whole: the index has it as
# `export * as Effect`, whose object esbuild builds with every member. The same line as `import * as Effect from "effect/Effect"`
# leaves out what is not used. Whoever counts a Lambda's cold start pays several times what the code needs.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 esbuild@0.28.2 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { buildSync } from "esbuild"

const kilobytes = (importLine) => {
  const contents = `${importLine}\nconsole.log(Effect.succeed(1))`
  const options = { bundle: true, minify: true, format: "esm", platform: "node", write: false }
  const { outputFiles } = buildSync({ ...options, stdin: { contents, resolveDir: "." } })
  return Math.round(outputFiles[0].contents.length / 1_000)
}
const fromIndex = kilobytes('import { Effect } from "effect"')
const fromModule = kilobytes('import * as Effect from "effect/Effect"')
console.log(JSON.stringify({ fromIndex, fromModule }))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"fromIndex":90,"fromModule":25}'
echo "esbuild 0.28.2, effect 4.1.0: kB of a bundle that uses Effect.succeed, by how it is imported: $seen"
[ "$seen" = "$expected" ]
