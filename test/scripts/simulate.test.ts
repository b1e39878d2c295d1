import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"

const script = fileURLToPath(new URL("../../scripts/simulate.ts", import.meta.url))
const simulate = (...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, ["--conditions=source", script, "--seed", "1", ...args], { encoding: "utf8" })

describe("npm run simulate", () => {
  it("ends with its figures, at least ten faults a schedule", async () => {
    const { stdout } = await simulate("--schedules", "100", "--within-seconds", "100")
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
    expect(last).toMatchObject({ schedules: 100, violations: 0 })
    expect(last.faults).toBeGreaterThanOrEqual(1_000)
    expect(stdout).toContain("at least 10 in each schedule")
    expect(stdout).toContain("the alarm works")
    expect(stdout).not.toContain("WRONG")
  }, 100_000)

  it("fails if it was to be through by then and is not", async () => {
    const late = await simulate("--schedules", "1000000", "--within-seconds", "1").catch((error: unknown) => error)
    expect(late).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("WRONG  1000000 schedules were to take 1 seconds")
    })
    expect(late).toMatchObject({ stdout: expect.stringMatching(/the time was up: \d+ schedules instead of 1000000/) })
  }, 100_000)

  it("refuses to draw what there is not", async () => {
    const asked = async (variable: string, value: string) => {
      const env = { ...process.env, [variable]: value }
      return promisify(execFile)(process.execPath, ["--conditions=source", script, "--help"], { env }).catch(
        (error: unknown) => error
      )
    }
    expect(await asked("DYNACTOR_DRAW_LIMITS", "never")).toMatchObject({
      code: 2,
      stderr: "DYNACTOR_DRAW_LIMITS=never: give always or no\n"
    })
    expect(await asked("DYNACTOR_DRAW_LIMIT", "no")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no DYNACTOR_DRAW_LIMIT: what may be drawn is DYNACTOR_DRAW_STARTS, ")
    })
  })

  it("refuses what is no number", async () => {
    await expect(simulate("--within-seconds", "soon")).rejects.toMatchObject({ code: 2 })
  })
})
