import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { run } from "./run.ts"

const root = join(import.meta.dirname, "../..")

/** What a download may weigh. It is source maps to a half: with them, errors in a user's log name lines of these sources. */
const mostKilobytes = 5_000

/** As `npm publish` would make it, `prepack` and all. */
export const packTarball = (folder: string): { readonly path: string; readonly kilobytes: number } => {
  run("npm", ["pack", "--silent", "--pack-destination", folder], root)
  const name = readdirSync(folder).find((file) => file.endsWith(".tgz"))
  // Thrown, so that the folder goes.
  if (name === undefined) throw new Error("npm has packed nothing")
  const path = join(folder, name)
  const kilobytes = Math.ceil(statSync(path).size / 1_000)
  if (kilobytes > mostKilobytes) throw new Error(`the package has ${kilobytes} kB, and may have ${mostKilobytes}`)
  return { path, kilobytes }
}
