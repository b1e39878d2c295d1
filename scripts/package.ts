import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fail, readOptions } from "./options.ts"
import { lintTarball } from "./package/lint.ts"
import { packTarball } from "./package/pack.ts"
import { emptyProject } from "./package/project.ts"
import { held, programOf, runtimes, smokeOn } from "./package/runtimes.ts"
import { doTutorial } from "./package/tutorial.ts"

const help = `
npm run package [-- --only node-22.13.0]

Packs dynactor as npm would publish it, says how large that is, has publint and attw read it (are the files right, do types and modules
resolve), installs it into an empty project, and has each runtime that we hold do there what a user does (scripts/package/smoke.mjs): a run
on SQLite, a check, every entry point. Each Node also does the tutorial (docs/guide/tutorial.md), command by command as the page has it, from the
installation to the template of a stack, and says how long it is to a run on the dashboard. Runtimes: ${held.join(", ")}. Needs the npm registry. The whole suite runs on Node 24.

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
    if (!runtime.name.startsWith("node-")) continue
    const installed = join(project, "node_modules/dynactor")
    const place = join(folder, `tutorial-${runtime.name}`)
    const { commands, secondsToRun } = await doTutorial(place, programOf(runtime, project), path, installed)
    const seen =
      secondsToRun === undefined ? "no dev server" : `from npm install to a run on the dashboard: ${secondsToRun} s`
    say(`${runtime.name}: the tutorial, ${commands} commands; ${seen}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
