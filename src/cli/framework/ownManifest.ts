import { existsSync, readFileSync } from "node:fs"

export interface Manifest {
  readonly version: string
  readonly peerDependencies: { readonly [name: string]: string }
  readonly devDependencies: { readonly [name: string]: string }
}

/** Of this package, as it is installed: it is above this file, however the package was built. */
export const ownManifest = (): Manifest => {
  for (let folder = new URL(".", import.meta.url); folder.pathname !== "/"; folder = new URL("..", folder)) {
    const file = new URL("package.json", folder)
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Manifest
  }
  throw new Error("dynactor's own package.json is not there")
}
