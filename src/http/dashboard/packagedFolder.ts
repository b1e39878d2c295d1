import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * Where the dashboard's built files are: beside the package's own manifest, whether this module is a source, compiled, or joined with others into
 * one file. Bundled into somebody's own file, it is the folder `dashboard` beside that: the construct puts it there for the HTTP API.
 */
export const packagedFolder = (): string => {
  const from = dirname(fileURLToPath(import.meta.url))
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json")
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "dynactor") {
      return join(folder, "dist", "dashboard")
    }
    if (dirname(folder) === folder) return join(from, "dashboard")
  }
}
