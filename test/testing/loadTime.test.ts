import { type CheckOptions, checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { describe, expect, it, vi } from "vitest"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import * as bootTime from "./modules/bootTime.ts"

// Of this module, and not of the workflow's: it comes with the input.
const testedAt = Date.now()

type Name = keyof typeof bootTime

const modules: Readonly<Record<Name, AnyWorkflow>> = bootTime

const failureOf = async (workflow: AnyWorkflow, options: CheckOptions<any, any, any, any, any> = {}) => {
  const error = await checkWorkflow(workflow, options).catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw new Error("nothing was found", { cause: error })
}

const reload = (name: Name) => async () => {
  vi.resetModules()
  const loaded: Readonly<Record<Name, AnyWorkflow>> = await import("./modules/bootTime.ts")
  return loaded[name]
}

describe("a value that a module got when it was loaded", () => {
  const shown: ReadonlyArray<readonly [name: Name, where: string, from: string, line: number]> = [
    ["asNumber", "step noted#0", "Date.now()", 6],
    ["asDate", "step noted#0", "", 0],
    ["asOutput", "the end of run run", "crypto.randomUUID()", 8],
    ["asKey", "crypto.randomUUID()", "crypto.randomUUID()", 8],
    ["asToken", "step noted#0", "Math.random()", 9]
  ]

  it.each(shown)("is found where it shows: %s", async (name, where, from, line) => {
    const { kind, message, schedule } = await failureOf(modules[name])
    expect([kind, schedule]).toEqual(["nondeterminism", 1])
    expect(message).toContain(`workflow ${name}: a value was made when a module was loaded`)
    expect(message).toContain(where)
    // Of two that were asked for in one millisecond it may be either.
    if (from === "")
      expect(message).toMatch(
        /Z, in .* from .*Date\(?.* when it was loaded, at test.testing.modules.bootTime.ts:[67]\./
      )
    else
      expect(message).toContain(
        `is what a module got from ${from} when it was loaded, at test/testing/modules/bootTime.ts:${line}.`
      )
  })

  it("is let be where it comes with the input, or is the time of the run", async () => {
    await checkWorkflow(modules.sound, { startAt: testedAt, schedules: 50 })
    const { echo } = await import("./modules/echo.ts")
    await checkWorkflow(echo, { input: { at: new Date(testedAt) }, schedules: 50 })
  })
})

describe("what a module computes of such a value", () => {
  const computed: ReadonlyArray<readonly [name: Name, asked: string]> = [
    ["asBranch", "new Date(), at test/testing/modules/bootTime.ts:10"],
    ["asLimit", "process.env.DYNACTOR_NO_SUCH_LIMIT, at test/testing/modules/bootTime.ts:11"],
    ["asChance", "Math.random(), at test/testing/modules/bootTime.ts:12"],
    ["asDifference", "Date.now(), at test/testing/modules/bootTime.ts:6"],
    ["asOrder", ""]
  ]

  it.each(computed)("is found if the module can be loaded again: %s", async (name, asked) => {
    const { kind, message, schedule } = await failureOf(modules[name], { reload: reload(name) })
    expect(kind).toBe("nondeterminism")
    expect(message).toContain("It is enough that the module is loaded again, as each process does")
    expect(message).toContain(asked)
    expect(schedule).toBeLessThan(100)
  })

  it("is let be where nothing comes of it, and everything is as it was afterwards", async () => {
    await checkWorkflow(modules.sound, { reload: reload("sound"), schedules: 100 })
    expect(Math.abs(Date.now() - testedAt)).toBeLessThan(600_000)
    expect(process.env.DYNACTOR_NO_SUCH_LIMIT).toBeUndefined()
  })

  it("is not looked for by a reload that loads nothing, or something else", async () => {
    const same = checkWorkflow(modules.sound, { reload: async () => modules.sound })
    await expect(same).rejects.toThrow("reload: it answers with the workflow that there was before")
    const other = checkWorkflow(modules.sound, { reload: async () => modules.asNumber })
    await expect(other).rejects.toThrow("reload: it answers with workflow asNumber, version 1")
  })
})
