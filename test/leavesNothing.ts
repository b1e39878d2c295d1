import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * Gives the run a temporary folder of its own, which all its processes use, and fails the run if something is left in it at the
 * end. (In the folder of the machine, others come and go beside us.)
 */
export const setup = (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), "dynactor-tests-"))
  const names = ["TMPDIR", "TMP", "TEMP"] as const
  const before = names.map((name) => process.env[name])
  for (const name of names) process.env[name] = folder
  // What one file of tests has made for all of them, such as the built dashboard.
  const shared = mkdtempSync(join(folder, "..", "dynactor-shared-"))
  process.env.DYNACTOR_TESTS_SHARED = shared
  return () => {
    delete process.env.DYNACTOR_TESTS_SHARED
    rmSync(shared, { recursive: true, force: true })
    for (const [index, name] of names.entries()) {
      const value = before[index]
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    const left = readdirSync(folder)
    rmSync(folder, { recursive: true, force: true })
    if (left.length > 0) throw new Error(whatIsLeft(left))
  }
}

const whatIsLeft = (entries: ReadonlyArray<string>): string =>
  `The tests have left ${entries.length} entries in the temporary folder: ${entries.toSorted().join(", ")}. Make folders with temporaryFolder (test/temporaryFolder.ts), which removes them.`
