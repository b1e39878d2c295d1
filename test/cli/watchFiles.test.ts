import { EventEmitter } from "node:events"
import { type FSWatcher, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { FileWatch } from "../../src/cli/dev/watchFiles.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const folder = temporaryFolder("watched")
let watching: FileWatch | undefined

afterEach(() => watching?.close())

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
