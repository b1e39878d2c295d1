import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { makeScratch, removeScratch } from "../../scripts/bugbank/scratch.ts"
import type { Bug } from "../bugbank/bug.ts"
import { fixes } from "./fixes.ts"

const folder = path.join(import.meta.dirname, "regressions")
const root = path.join(import.meta.dirname, "../..")

/** The invariant that breaks. */
const runPlan = async (source: string, plan: string): Promise<string> => {
  const script = path.join(import.meta.dirname, "runPlan.ts")
  const args = ["--conditions=source", script, source, path.join(folder, plan)]
  return (await promisify(execFile)(process.execPath, args)).stdout
}

const withoutFix = async (bug: Bug, plan: string): Promise<string> => {
  const scratch = makeScratch(`regression ${bug.name}`, [bug], plan.endsWith(".file.json"))
  try {
    return await runPlan(scratch, plan)
  } finally {
    removeScratch(scratch)
  }
}

describe("plans that found a bug once", () => {
  it("are all here with the fix that they called for", () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(fixes).sort())
  })

  it.for(Object.entries(fixes))("%s breaks an invariant without the fix, and none with it", async ([plan, bug]) => {
    expect(await withoutFix(bug, plan)).toBe(bug.breaks)
    expect(await runPlan(root, plan)).toBe("none")
  })
})
