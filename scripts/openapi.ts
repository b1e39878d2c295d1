/** Writes the OpenAPI document of the HTTP API to docs/openapi.json, or says whether what is there is the API of today. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openApiDocument } from "../src/http/definition/openApi.ts"

const usage = `npm run openapi [-- --check]

Writes docs/openapi.json, the OpenAPI document of the HTTP API. With --check it writes nothing, and fails if another is there.`

const args = process.argv.slice(2)
if (args.includes("--help")) {
  console.log(usage)
  process.exit()
}

const path = join(import.meta.dirname, "..", "docs", "openapi.json")
const text = `${JSON.stringify(openApiDocument(), null, 1)}\n`
if (!args.includes("--check")) writeFileSync(path, text)
else if (readFileSync(path, "utf8") !== text) {
  console.error("docs/openapi.json is not of this API: npm run openapi")
  process.exitCode = 1
}
