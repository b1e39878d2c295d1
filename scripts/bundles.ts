import { fileURLToPath } from "node:url"
import { type BundleFile, bundleFiles } from "../src/streams/lambda/bundling.ts"
import { bundle, kilobytes } from "./bundles/bundle.ts"

const entries = ["examples/orders/workflows.ts"]

const usage = `npm run bundles -- [entry.ts ...]

Bundles the functions of a deployment as the construct does, and prints what each file holds.
An entry exports workflows and steps. Default: ${entries.join(", ")}.`

const args = process.argv.slice(2)
if (args.includes("--help")) {
  console.log(usage)
  process.exit()
}

const root = fileURLToPath(new URL("..", import.meta.url))
let tooLarge = false
for (const entry of args.length === 0 ? entries : args) {
  for (const file of Object.keys(bundleFiles) as ReadonlyArray<BundleFile>) {
    const { functions, maxBytes } = bundleFiles[file]
    const { bytes, packages } = await bundle(`${root}${entry}`, file)
    tooLarge ||= bytes >= maxBytes
    const size = `${kilobytes(bytes)} minified; the most is ${kilobytes(maxBytes)}`
    console.log(`${entry}, the file of ${functions.join(", ")}: ${size}`)
    for (const [name, part] of packages.slice(0, 12)) console.log(`  ${kilobytes(part).padStart(10)}  ${name}`)
  }
}
process.exitCode = tooLarge ? 1 : 0
