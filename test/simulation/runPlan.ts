/**
 * One plan, by the source in a folder: says which invariant breaks, or "none". For a process of its own, as a module is loaded only once. A plan whose name
 * ends with `.file.json` is one on a file of SQLite's.
 */
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const [folder, plan] = process.argv.slice(2) as [string, string]
const load = (file: string) => import(pathToFileURL(path.join(folder, file)).href)
const { runSchedule } = (await load("simulation/simulation.ts")) as typeof import("../../simulation/simulation.ts")
const { groundOf } = (await load("simulation/grounds.ts")) as typeof import("../../simulation/grounds.ts")
const ground = await groundOf(plan.endsWith(".file.json") ? "file" : undefined)
const { violation } = runSchedule(JSON.parse(readFileSync(plan, "utf8")), { ground })
process.stdout.write(violation?.invariant ?? "none", () => process.exit(0))
