import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { makeScratch, removeScratch } from "../../scripts/bugbank/scratch.ts"
import type { Bug } from "../bugbank/bug.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { fixes } from "./fixes.ts"

const folder = path.join(import.meta.dirname, "regressions")
const root = path.join(import.meta.dirname, "../..")

/** Plans have the same copy of the source in turn, so that what Node has compiled of one is there for the next. */
const compiled = temporaryFolder("compiled")

/** The invariants that break. */
const runPlans = async (source: string, plans: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const script = path.join(import.meta.dirname, "runPlan.ts")
  const args = ["--conditions=source", script, source, ...plans.map((plan) => path.join(folder, plan))]
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled }
  return JSON.parse((await promisify(execFile)(process.execPath, args, { env })).stdout)
}

const withoutFix = async (bug: Bug, plan: string): Promise<string | undefined> => {
  const scratch = makeScratch("regression", [bug], /\.(file|wire)\.json$/.test(plan))
  try {
    return (await runPlans(scratch, [plan]))[0]
  } finally {
    removeScratch(scratch)
  }
}

describe("plans that found a bug once", () => {
  it("are all here with the fix that they called for", () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(fixes).sort())
  })

  it("break nothing with it", async () => {
    const plans = Object.keys(fixes)
    const broken = await runPlans(root, plans)
    expect(Object.fromEntries(plans.map((plan, index) => [plan, broken[index]]))).toEqual(
      Object.fromEntries(plans.map((plan) => [plan, "none"]))
    )
  }, 240_000)

  it.for(Object.entries(fixes))("%s breaks an invariant without the fix", async ([plan, bug]) => {
    expect(await withoutFix(bug, plan)).toBe(bug.breaks)
  })
})
