import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { build } from "vite"
import { temporaryFolder } from "../temporaryFolder.ts"

/** As `npm run build` makes it: by the first file of tests that asks for it, for all others of this run of the tests as well. */
export const buildDashboard = async (): Promise<string> => {
  const shared = process.env.DYNACTOR_TESTS_SHARED
  if (shared === undefined) return buildInto(temporaryFolder("dashboard"))
  // Somebody who has the tests run again and again changes the sources meanwhile.
  const folder = join(shared, `dashboard-${sourcesMark()}`)
  const end = join(folder, "end.json")
  try {
    mkdirSync(folder)
  } catch {
    return madeByOther(folder, end)
  }
  try {
    await buildInto(join(folder, "files"))
    writeFileSync(end, JSON.stringify({}))
  } catch (error) {
    writeFileSync(end, JSON.stringify({ error: String(error) }))
    throw error
  }
  return join(folder, "files")
}

const madeByOther = async (folder: string, end: string): Promise<string> => {
  while (!readdirSync(folder).includes("end.json")) await setTimeout(20)
  const { error } = JSON.parse(readFileSync(end, "utf8") || "{}") as { readonly error?: string }
  if (error !== undefined) throw new Error(`the dashboard was not built: ${error}`)
  return join(folder, "files")
}

const sourcesMark = (): string => {
  const hash = createHash("sha256")
  for (const name of readdirSync("dashboard", { recursive: true, encoding: "utf8" }).toSorted())
    hash.update(`${name} ${statSync(join("dashboard", name)).mtimeMs}\n`)
  return hash.digest("hex").slice(0, 16)
}

const buildInto = async (outDir: string): Promise<string> => {
  const { NODE_ENV } = process.env
  // The runner's own is "test", by which libraries choose what they say to developers.
  process.env.NODE_ENV = "production"
  await build({ configFile: "dashboard/vite.config.ts", logLevel: "silent", build: { outDir } })
  process.env.NODE_ENV = NODE_ENV
  return outDir
}
