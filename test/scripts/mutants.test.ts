import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { drawMutants } from "../../scripts/mutants/drawMutants.ts"

const root = path.join(import.meta.dirname, "../..")
const folders = ["src/actor/history", "src/store/sqlite"]

describe("mutants that are drawn", () => {
  it("are small changes of one file each, and the same ones by the same seed", async () => {
    const drawn = await drawMutants({ root, folders, count: 30, seed: 7 })
    expect(drawn).toHaveLength(30)
    expect(new Set(drawn.map(({ name }) => name)).size).toBe(30)
    for (const { file, line, text } of drawn) {
      expect(folders.some((folder) => file.startsWith(folder))).toBe(true)
      const sound = fs.readFileSync(path.join(root, file), "utf8")
      expect(sound).toContain(line)
      expect(text).not.toBe(sound)
      // All but one place of it is as it was.
      const from = [...sound].findIndex((character, index) => character !== text[index])
      let same = 0
      while (same < Math.min(sound.length, text.length) - from && sound.at(-1 - same) === text.at(-1 - same)) same++
      expect(sound.slice(0, from)).toBe(text.slice(0, from))
      expect(sound.slice(sound.length - same)).toBe(text.slice(text.length - same))
    }
    expect(await drawMutants({ root, folders, count: 30, seed: 7 })).toEqual(drawn)
    const others = await drawMutants({ root, folders, count: 30, seed: 8 })
    expect(others.map(({ name }) => name)).not.toEqual(drawn.map(({ name }) => name))
  })

  it("are of all folders that were named, down to their last file", async () => {
    const drawn = await drawMutants({ root, folders: ["src/actor/history"], count: 1_000_000, seed: 1 })
    const files = new Set(drawn.map(({ file }) => file))
    for (const name of ["head.ts", "ledger.ts", "outbox.ts"]) expect(files).toContain(`src/actor/history/${name}`)
  })
})
