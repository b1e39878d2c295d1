import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildSync } from "esbuild"
import { describe, expect, it } from "vitest"

// In a bundle the functions of Effect, of dynactor and of the user are in one file, and have other names.

const linesOf = (sourcemap: boolean, minify: boolean): ReadonlyArray<string> => {
  const folder = mkdtempSync(join(tmpdir(), "dynactor-bundle-"))
  try {
    const outfile = join(folder, "parked.mjs")
    const options = { bundle: true, platform: "node", format: "esm", logLevel: "error" } as const
    buildSync({ ...options, entryPoints: ["test/bundle/parked.ts"], outfile, sourcemap, minify })
    const flags = sourcemap ? ["--enable-source-maps", outfile] : [outfile]
    return execFileSync(process.execPath, flags, { encoding: "utf8" }).trim().split("\n")
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("in a bundle", () => {
  it.each([
    ["minified", false, true],
    ["minified, with its source map", true, true],
    ["as it is, with its source map", true, false]
  ])("%s, what a run is parked for is told by the same names", (_, sourcemap, minify) => {
    const lines = linesOf(sourcemap, minify)
    const starts = [
      "Effect.runSync inside",
      "Effect.runFork inside",
      "Effect.runPromise inside",
      "fetch in",
      "the workflow"
    ]
    expect(lines.map((line, index) => line.slice(0, starts[index]?.length))).toEqual(starts)
    for (const line of lines)
      if (sourcemap) expect(line).toMatch(/\(workflow w, (defined )?at .*parked\.ts:\d+:\d+\)$/)
      else expect(line).toMatch(/\(workflow w\)$/)
  })
})
