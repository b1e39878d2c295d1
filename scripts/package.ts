import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fail, readOptions } from "./options.ts"
import { lintTarball } from "./package/lint.ts"
import { packTarball } from "./package/pack.ts"
import { emptyProject } from "./package/project.ts"
import { held, runtimes, smokeOn } from "./package/runtimes.ts"

const help = `
npm run package [-- --only node-22.13.0]

Packs dynactor as npm would publish it, says how large that is, has publint and attw read it (are the files right, do types and modules
resolve), installs it into an empty project, and has each runtime that we hold do there what a user does (scripts/package/smoke.mjs): a run
on SQLite, a check, every entry point. Runtimes: ${held.join(", ")}. Needs the npm registry. The whole suite runs on Node 24.

  --only NAME   on this runtime alone`

const { only } = readOptions(help, { only: { type: "string" } })
if (only !== undefined && !held.includes(only)) fail(`--only ${only}: there are ${held.join(", ")}`)
const folder = mkdtempSync(join(tmpdir(), "dynactor-package-"))
const say = (line: string) => process.stdout.write(`${line}\n`)

try {
  const { path, kilobytes } = packTarball(folder)
  say(`the package: ${kilobytes} kB`)
  say(lintTarball(folder, path))
  const project = emptyProject(folder, path)
  for (const runtime of runtimes.filter(({ name }) => only === undefined || name === only)) {
    say(`${runtime.name}: ${smokeOn(runtime, project)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
