import { existsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { setup } from "./leavesNothing.ts"

it("a run that leaves something in the temporary folder fails, and one that leaves nothing does not", () => {
  const before = tmpdir()
  for (const left of [[], ["cdk.out12", "cdk.out7"]]) {
    const end = setup()
    const folder = tmpdir()
    expect(folder).not.toBe(before)
    for (const name of left) writeFileSync(join(folder, name), "")
    if (left.length === 0) end()
    else expect(end).toThrow("The tests have left 2 entries in the temporary folder: cdk.out12, cdk.out7.")
    expect(tmpdir()).toBe(before)
    expect(existsSync(folder)).toBe(false)
  }
})
