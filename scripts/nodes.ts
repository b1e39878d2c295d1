import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readOptions } from "./options.ts"

const help = `
npm run nodes [-- --only 22.13.0]

Packs dynactor as npm would publish it, installs that into an empty project, and has each Node that we hold do what a user does
(scripts/nodes/smoke.mjs): a run on SQLite, a check, every entry point. Needs the npm registry. The whole suite runs on Node 24.`

/** The first that has \`node:sqlite\` without a flag, the one that the suite runs on, and the newest. */
const held = ["22.13.0", "24.21.0", "26.10.0"]

const { only } = readOptions(help, { only: { type: "string" } })
const versions = only === undefined ? held : [only]
const root = join(import.meta.dirname, "..")
const folder = mkdtempSync(join(tmpdir(), "dynactor-nodes-"))

// npm puts its own Node in front; what is installed here is asked for by its path.
const run = (command: string, args: ReadonlyArray<string>, cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: 300_000 })

const peersOf = (): ReadonlyArray<string> => {
  const { peerDependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const names = Object.keys(peerDependencies).filter((name) => /^(effect$|@aws-sdk\/)/.test(name))
  return names.map((name) => `${name}@${devDependencies[name]}`)
}

try {
  run("npm", ["pack", "--silent", "--pack-destination", folder], root)
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))
  // Thrown, so that the folder goes: `fail` ends the process where it stands.
  if (tarball === undefined) throw new Error("npm has packed nothing")
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }')
  const nodes = versions.map((version) => `node-${version}@npm:node-${process.platform}-${process.arch}@${version}`)
  const install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
  run("npm", [...install, `./${tarball}`, ...peersOf(), ...nodes], folder)
  copyFileSync(join(import.meta.dirname, "nodes/smoke.mjs"), join(folder, "smoke.mjs"))
  for (const version of versions) {
    const said = run(join(folder, `node_modules/node-${version}/bin/node`), ["smoke.mjs"], folder)
    // A run that fails its first attempt says so, before the last line.
    const last = said.trimEnd().split("\n").at(-1) ?? ""
    if (!last.startsWith(`v${version}:`)) throw new Error(`Node ${version} was to run it, and it was ${said}`)
    process.stdout.write(`${last}\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
