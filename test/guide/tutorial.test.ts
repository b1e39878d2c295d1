import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { readTutorial } from "../../scripts/package/page.ts"

const steps = readTutorial(".")

/** In an empty folder, by these sources. What the installed package does there, `npm run package` tries. */
const node = (folder: string, file: string, environment: NodeJS.ProcessEnv = {}, ...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["--conditions=source", ...args, resolve("examples/tutorial", file)], {
    cwd: folder,
    env: { ...process.env, ...environment },
    encoding: "utf8"
  })

describe("the tutorial", () => {
  it("shows all of its files as they are", () => {
    const shown = steps.flatMap((step) => (step.kind === "file" ? [step] : []))
    const there = readdirSync("examples/tutorial", { recursive: true, encoding: "utf8" })
    expect(shown.map(({ path }) => path).sort()).toEqual(there.filter((name) => /\.(ts|json)$/.test(name)).sort())
    for (const { path, text } of shown) expect(text).toBe(readFileSync(join("examples/tutorial", path), "utf8"))
  })

  it("has a run on the dashboard, and a crash", () => {
    expect(steps.map((step) => (step.kind === "run" ? step.how : step.kind))).toEqual(
      expect.arrayContaining(["installed", "beside", "seen", "stop", "killed"])
    )
  })

  it("goes on after the crash, and books no flight twice", { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "dynactor-tutorial-"))
    try {
      const killed = node(folder, "src/main.ts", { CRASH: "1" })
      expect(killed).toMatchObject({ signal: "SIGKILL", stdout: "booking a flight to Oslo for Bob\n" })
      expect(existsSync(join(folder, "runs.db"))).toBe(true)
      const { status, stdout } = node(folder, "src/main.ts")
      expect(status).toBe(0)
      expect(stdout.split("\n")[0]).toBe("booking a hotel in Oslo")
      expect(stdout).toContain("confirmedBy: 'Ada'")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("tests what it says that it tests", { timeout: 60_000 }, () => {
    const { status, stdout } = node(".", "src/workflows.test.ts", {}, "--test")
    expect(stdout).toMatch(/pass 2/)
    expect(status).toBe(0)
  })
})
