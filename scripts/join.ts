/**
 * Joins the modules of the package, as they are compiled, into few files for Node, in `dist/joined`: what an entry point needs is some 230 files
 * otherwise, and Node takes a quarter of a millisecond to find and link each. Part of `npm run build`.
 *
 * Bundlers take the single files (the condition `module`), of which they drop what nobody imports.
 */
import { readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { build } from "esbuild"

const root = join(import.meta.dirname, "..")
const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const joined = "./dist/joined/"
const conditions: ReadonlyArray<{ readonly default: string }> = Object.values(exports)
const targets: ReadonlyArray<string> = [...conditions.map((target) => target.default), ...Object.values<string>(bin)]
const entryPoints = targets
  .filter((target) => target.startsWith(joined))
  .map((target) => join(root, "dist", relative(joined, target)))

await build({
  entryPoints,
  outdir: join(root, joined),
  outbase: join(root, "dist"),
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22",
  packages: "external",
  sourcemap: true,
  logLevel: "warning"
})
