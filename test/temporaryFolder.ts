import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

const made: Array<string> = []

/** A new folder, which is there until all tests of the file have run. `test/leavesNothing.ts` fails a run that leaves one. */
export const temporaryFolder = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `dynactor-${name}-`))
  made.push(folder)
  return folder
}

// Registered when a test file loads this module, and so run after the hooks that the file registers itself: they close what is open.
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})
