import { readFileSync } from "node:fs"
import * as path from "node:path"
import { expect, it } from "vitest"
import { guaranteesPage, pageFile } from "../../scripts/guarantees/page.ts"

it("docs/guarantees.md is what npm run guarantees would write, and every test that it names is there", () => {
  const page = readFileSync(path.join(import.meta.dirname, "..", "..", pageFile), "utf8")
  expect(page).toBe(guaranteesPage())
})
