/**
 * Plans, by the source in a folder: says of each which invariant breaks, or "none", as a list in JSON. For a process of its own, as a module is loaded only
 * once. A plan whose name ends with `.file.json` is one on a file of SQLite's, one with `.wire.json` has the adapters for AWS.
 */
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { inMacrotask } from "../../simulation/wire/world/microtasks.ts"

const [folder, ...plans] = process.argv.slice(2) as [string, ...ReadonlyArray<string>]
const load = (file: string) => import(pathToFileURL(path.join(folder, file)).href)
const { runSchedule } = (await load("simulation/simulation.ts")) as typeof import("../../simulation/simulation.ts")
const { groundOf } = (await load("simulation/grounds.ts")) as typeof import("../../simulation/grounds.ts")
const broken: Array<string> = []
for (const plan of plans) {
  const ground = await groundOf(/\.(file|wire)\.json$/.exec(plan)?.[1])
  const { violation } = await inMacrotask(() => runSchedule(JSON.parse(readFileSync(plan, "utf8")), { ground }))
  broken.push(violation?.invariant ?? "none")
}
process.stdout.write(JSON.stringify(broken), () => process.exit(0))
