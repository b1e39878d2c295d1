/** One plan, by the source in a folder: says which invariant breaks, or "none". For a process of its own, as a module is loaded only once. */
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const [folder, plan] = process.argv.slice(2) as [string, string]
const file = path.join(folder, "simulation/simulation.ts")
const { runSchedule } = (await import(pathToFileURL(file).href)) as typeof import("../../simulation/simulation.ts")
const { violation } = runSchedule(JSON.parse(readFileSync(plan, "utf8")))
process.stdout.write(violation?.invariant ?? "none", () => process.exit(0))
