import { readFileSync } from "node:fs"
import * as path from "node:path"
import { expect, it } from "vitest"

const root = path.join(import.meta.dirname, "..", "..")
const read = (file: string) => readFileSync(path.join(root, file), "utf8")

/** Compiled with everything else, so what the README shows compiles. */
it.for([
  [0, "examples/readme/fulfilOrder.ts"],
  [1, "examples/readme/app.ts"]
] as const)("block %i of the README's code is %s", ([block, file]) => {
  const shown = [...read("README.md").matchAll(/```ts\n(.*?)```/gs)][block]?.[1] ?? ""
  const code = read(file)
  const lines = shown.split("\n").filter((line) => !line.startsWith("import "))
  expect(lines.length).toBeGreaterThan(10)
  expect(code).toContain(lines.join("\n").trim())
  for (const line of shown.split("\n")) if (line.startsWith("import ")) expect(code).toContain(line)
})
