import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { npmInstall, run } from "./run.ts"

const tools = { publint: "0.3.25", "@arethetypeswrong/cli": "0.18.5" }

/** Fails where a file that the manifest names is missing, or a type or module would not be found by who imports it. */
export const lintTarball = (folder: string, tarball: string): string => {
  const place = join(folder, "tools")
  mkdirSync(place)
  writeFileSync(join(place, "package.json"), '{ "private": true }')
  npmInstall(
    place,
    Object.entries(tools).map(([name, version]) => `${name}@${version}`)
  )
  read(place, "publint", ["run", tarball, "--strict"])
  // There are ES modules alone. That they load by `require` as well, which Node has from 22.12 on, smoke.mjs tries on each runtime.
  read(place, "attw", [tarball, "--profile", "esm-only"])
  return "publint and attw: nothing to say"
}

const read = (place: string, tool: string, args: ReadonlyArray<string>): void => {
  try {
    run(join(place, "node_modules/.bin", tool), args, place)
  } catch (error) {
    const said = (error as { readonly stdout?: string }).stdout ?? String(error)
    throw new Error(`${tool} finds fault with the package:\n${said}`)
  }
}
