import { EventEmitter } from "node:events"
import { type FSWatcher, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { FileWatch } from "../../src/cli/dev/watchFiles.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-watched-"))
let watching: FileWatch | undefined

afterEach(() => {
  watching?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Tells of nothing, as where others write into a mounted folder. */
const deaf = (() => Object.assign(new EventEmitter(), { close: () => undefined }) as unknown as FSWatcher) as never

it("a file is known to have changed although the system tells nothing of it", async () => {
  const file = join(folder, "steps.ts")
  writeFileSync(file, "one")
  const told = new Promise<ReadonlyArray<string>>((tell) => {
    watching = new FileWatch(tell, deaf)
  })
  watching?.add([file])
  writeFileSync(file, "another")
  expect(await told).toEqual([file])
})
