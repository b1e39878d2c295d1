import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"

const root = join(import.meta.dirname, "../..")

it("statements number no parameters: Node 22.13 takes those for named ones, and then finds no place for what is given in order", () => {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts")
  )
  const numbered = files.filter((file) => /\?\d/.test(readFileSync(join(root, "src", file), "utf8")))
  expect(files).toContain(join("store", "sqlite", "sqliteRunTable.ts"))
  expect(numbered).toEqual([])
})
