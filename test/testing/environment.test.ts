import { spawnSync } from "node:child_process"
import { env as importedEnvironment } from "node:process"
import { defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"

// Taken hold of when the module is loaded, as configuration often is.
const heldEnvironment = process.env

const note = defineStep("note", { input: Schema.String, output: Schema.Void, run: async () => {} })
const noting = (read: () => string) =>
  defineWorkflow("noting", { input: Schema.Void, output: Schema.Void, run: () => Effect.suspend(() => note(read())) })
const sound = noting(() => "the same")

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe("environment variables in workflow code", () => {
  const leaks: ReadonlyArray<readonly [what: string, read: () => string, asksFor: string]> = [
    ["read from process.env", () => process.env.DYNACTOR_NO_SUCH ?? "unset", "process.env.DYNACTOR_NO_SUCH"],
    ["read from a process.env held", () => heldEnvironment.DYNACTOR_NO_SUCH ?? "unset", "process.env.DYNACTOR_NO_SUCH"],
    ["imported", () => importedEnvironment.DYNACTOR_NO_SUCH ?? "unset", "process.env.DYNACTOR_NO_SUCH"],
    ["counted", () => String(Object.keys(process.env).length), "the names in process.env"],
    ["asked for by Object.hasOwn", () => String(Object.hasOwn(process.env, "NO_SUCH")), "the names in process.env"]
  ]

  it.each(leaks)("%s", async (_, read, asksFor) => {
    const error = await checkWorkflow(noting(read)).catch((reason: unknown) => reason)
    if (!(error instanceof WorkflowCheckFailed)) throw error
    expect(error.kind).toBe("nondeterminism")
    expect(error.message).toContain("It is enough that environment variables have other values.")
    expect(error.message).toContain(`the code asks for ${asksFor}, at test`)
    expect(error.message).not.toContain("time zone")
  })

  const limit = () => Number(process.env.DYNACTOR_NO_SUCH ?? 10)
  it.each([
    ["a limit that is raised", () => limit() > 500],
    ["a limit of zero", () => limit() === 0],
    ["something that is switched off", () => process.env.DYNACTOR_NO_SUCH === "false"],
    ["a region of another part of the world", () => (process.env.DYNACTOR_NO_SUCH ?? "us-east-1").startsWith("eu-")]
  ] as const)("that are compared: %s", async (_, isSo) => {
    const error = await checkWorkflow(noting(() => String(isSo()))).catch((reason: unknown) => reason)
    if (!(error instanceof WorkflowCheckFailed)) throw error
    expect(error.message).toContain("It is enough that environment variables have other values.")
    expect(error.schedule).toBeLessThan(20)
  })

  it("are those that the test has put there", async () => {
    const host = process.env
    const seen = new Set<string | undefined>()
    process.env = { ...host, DYNACTOR_STAGE: "test" }
    try {
      const looking = noting(() => {
        seen.add(process.env.DYNACTOR_STAGE)
        return "the same"
      })
      await checkWorkflow(looking, { schedules: 1 })
      expect(process.env.DYNACTOR_STAGE).toBe("test")
    } finally {
      process.env = host
    }
    expect([...seen]).toEqual(expect.arrayContaining(["test", "test-changed"]))
  })
})

describe("a process that has loaded dynactor/testing", () => {
  it("finds everything as it was after a check", async () => {
    const globals = () => [
      Date,
      Date.now,
      Math.random,
      performance.now,
      process.env,
      process.env.TZ,
      setTimeout,
      fetch,
      Promise.prototype.then,
      Intl.NumberFormat,
      Number.prototype.toLocaleString
    ]
    const before = globals()
    await checkWorkflow(sound, { schedules: 20 })
    expect(globals()).toEqual(before)
  })

  it("lets tests put a clock of their own there", async () => {
    const host = Date.now
    vi.spyOn(Date, "now").mockReturnValue(5)
    expect(Date.now()).toBe(5)
    await checkWorkflow(sound, { schedules: 5 })
    expect(Date.now()).toBe(5)
    vi.restoreAllMocks()
    expect(Date.now).toBe(host)
    expect(Date.now()).toBeGreaterThan(1e12)
  })

  it("works under fake timers", async () => {
    vi.useFakeTimers({ now: 9 })
    const report = await checkWorkflow(sound, { schedules: 20 })
    expect([report.schedules, Date.now()]).toEqual([20, 9])
  })

  it("has an environment that can be written, listed, and handed on", () => {
    vi.stubEnv("DYNACTOR_STAGE", "test")
    expect(importedEnvironment.DYNACTOR_STAGE).toBe("test")
    const child = spawnSync(process.execPath, ["-p", "process.env.DYNACTOR_STAGE"], { encoding: "utf8" })
    expect(child.stdout.trim()).toBe("test")
    delete process.env.DYNACTOR_STAGE
    expect("DYNACTOR_STAGE" in { ...process.env }).toBe(false)
  })
})
