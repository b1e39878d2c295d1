import { execFile } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../temporaryFolder.ts"
import { cli, cliJson } from "./commandLine.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "..", "..")

/** As `npm install` would: from where this repository has them. */
const install = (folder: string) => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  for (const name of [...Object.keys(dependencies), ...Object.keys(devDependencies)]) {
    const place = join(folder, "node_modules", name)
    mkdirSync(join(place, ".."), { recursive: true })
    symlinkSync(name === "dynactor" ? root : join(root, "node_modules", name), place)
  }
}

describe("init", () => {
  it("makes a project whose types and tests are right", { timeout: 120_000 }, async () => {
    const directory = temporaryFolder("init")
    const made = await Effect.runPromise(cliJson(["init", "My Bikes", "--yes"], { directory }))
    const folder = join(directory, "My Bikes")
    expect(made).toMatchObject({ code: 0, error: "", json: { folder, name: "my-bikes", skipped: [] } })
    for (const file of made.json.files) expect(existsSync(join(folder, file))).toBe(true)
    expect(made.json.files).toContain("cdk/app.ts")
    install(folder)
    // This package as it is here, with no build.
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
    const types = await run(process.execPath, [tsc, "--noEmit", "--customConditions", "source"], { cwd: folder })
    expect(types.stdout).toBe("")
    const test = await run(process.execPath, ["--conditions=source", "--test", "src/workflows.test.ts"], {
      cwd: folder
    })
    expect(test.stdout).toMatch(/fail 0/)
    expect(test.stdout).toMatch(/pass 2/)
  })

  it("asks for versions that go with this package", async () => {
    const directory = temporaryFolder("init")
    await Effect.runPromise(cli(["init", "--name", "bikes", "--yes"], { directory }))
    const made = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
    const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    expect(made.dependencies.dynactor).toBe(`^${own.version}`)
    expect(made.dependencies.effect).toBe(own.peerDependencies.effect)
    expect(made.devDependencies["aws-cdk-lib"]).toBe(own.peerDependencies["aws-cdk-lib"])
    const versions = Object.values({ ...made.dependencies, ...made.devDependencies })
    expect(versions.every((version) => /^[\^>]=?\d/.test(version as string))).toBe(true)
  })

  it("refuses a folder that is not empty, and with --force leaves what is there", async () => {
    const directory = temporaryFolder("init")
    writeFileSync(join(directory, "README.md"), "mine")
    const refused = await Effect.runPromise(cliJson(["init", "--name", "bikes"], { directory }))
    expect(refused).toMatchObject({ code: 2, json: { error: "WrongUse" } })
    expect(refused.json.message).toContain("README.md")
    expect(existsSync(join(directory, "package.json"))).toBe(false)
    const forced = await Effect.runPromise(cliJson(["init", "--name", "bikes", "--force", "--no-cdk"], { directory }))
    expect(forced).toMatchObject({ code: 0, json: { skipped: ["README.md"] } })
    expect(readFileSync(join(directory, "README.md"), "utf8")).toBe("mine")
    expect(forced.json.files.some((file: string) => file.startsWith("cdk"))).toBe(false)
  })

  it("refuses a name that npm would, and tells people what comes next", async () => {
    const directory = temporaryFolder("init")
    expect((await Effect.runPromise(cli(["init", "--name", "Bikes!"], { directory }))).code).toBe(2)
    const { code, out } = await Effect.runPromise(cli(["init", "bikes"], { directory }))
    expect(code).toBe(0)
    expect(out).toMatch(/^made bikes in bikes\n {2}package.json\n/)
    expect(out).toContain("  cd bikes\n  npm install\n  npm run dev\n")
  })
})
