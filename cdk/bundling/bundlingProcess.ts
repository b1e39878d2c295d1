/** A process of its own: CDK bundles while it synthesizes, which waits for nothing, and esbuild's plugins have to be waited for. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { directImports } from "./bundlingImports.ts"
import { entryProblem } from "./entryExports.ts"
import { type NamedWorkflow, scheduleProblem } from "./entryWorkflows.ts"

// An optional peer, and only whoever bundles needs it: loaded here.
const esbuild: typeof import("esbuild") = createRequire(import.meta.url)("esbuild")
interface Bundling {
  readonly entry: string
  readonly options: import("esbuild").BuildOptions
  readonly schedules: ReadonlyArray<NamedWorkflow>
}
const { entry, options, schedules }: Bundling = JSON.parse(readFileSync(0, "utf8"))
try {
  await esbuild.build({ ...options, plugins: [directImports()] })
  const problem =
    (await entryProblem(esbuild, entry, options)) ?? (await scheduleProblem(esbuild, entry, options, schedules))
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`)
    process.exitCode = 1
  }
} catch {
  // esbuild has said why.
  process.exitCode = 1
}
