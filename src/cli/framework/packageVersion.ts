import { existsSync, readFileSync } from "node:fs"

/** Of this package, as it is installed: its manifest is above this file, however the package was built. */
export const packageVersion = (): string => {
  for (let folder = new URL(".", import.meta.url); folder.pathname !== "/"; folder = new URL("..", folder)) {
    const manifest = new URL("package.json", folder)
    if (existsSync(manifest))
      return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version
  }
  return "unknown"
}
