import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type ServerKind, startProcessServer } from "./processServer.ts"

const binary = fileURLToPath(
  new URL(`../../node_modules/@dynoxide/${process.platform}-${process.arch}/dynoxide`, import.meta.url)
)

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
