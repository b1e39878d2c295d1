import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { type ServerKind, startProcessServer } from "./processServer.ts"

/** Wherever Node finds packages from here: a copy of the tests has them in a folder further up. */
const binaryOf = (platform: string): string => {
  try {
    return path.join(
      path.dirname(createRequire(import.meta.url).resolve(`@dynoxide/${platform}/package.json`)),
      "dynoxide"
    )
  } catch {
    return ""
  }
}

const binary = binaryOf(`${process.platform}-${process.arch}`)

/** DynamoDB's API on SQLite: https://www.npmjs.com/package/dynoxide. In memory. */
export const dynoxide: ServerKind = {
  name: "dynoxide",
  cannotRun: () => {
    if (!existsSync(binary)) return `no binary for ${process.platform}-${process.arch}`
    return spawnSync(binary, ["--version"], { timeout: 10_000 }).status === 0 ? undefined : "its binary does not run"
  },
  start: () =>
    startProcessServer({ name: "dynoxide", command: binary, args: (port) => ["serve", "--port", String(port)] })
}
