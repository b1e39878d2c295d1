import { fileURLToPath } from "node:url"
import { maxBundleBytes } from "../src/streams/lambda/bundling.ts"
import { bundle, kilobytes } from "./bundles/bundle.ts"

const entries = ["examples/orders/workflows.ts"]

const usage = `npm run bundles -- [entry.ts ...]

Bundles the functions of a deployment as the construct does, and prints what the file holds.
An entry exports workflows and steps. Default: ${entries.join(", ")}.`

const args = process.argv.slice(2)
if (args.includes("--help")) {
  console.log(usage)
  process.exit()
}

const root = fileURLToPath(new URL("..", import.meta.url))
let tooLarge = false
for (const entry of args.length === 0 ? entries : args) {
  const { bytes, packages } = await bundle(`${root}${entry}`)
  tooLarge ||= bytes >= maxBundleBytes
  console.log(`${entry}: ${kilobytes(bytes)} minified; the most is ${kilobytes(maxBundleBytes)}`)
  for (const [name, size] of packages.slice(0, 12)) console.log(`  ${kilobytes(size).padStart(10)}  ${name}`)
}
process.exitCode = tooLarge ? 1 : 0
