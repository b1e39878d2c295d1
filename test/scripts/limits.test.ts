import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"

const limits = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["--conditions=source", "scripts/limits.ts", ...args], { encoding: "utf8" })

describe("npm run limits", () => {
  it("says what one key has come to, in places, turns and units", () => {
    const { status, stderr, stdout } = limits("--runs", "3", "--calls", "4", "--places", "2")
    expect(stderr).toBe("")
    expect(status).toBe(0)
    const figures = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
    expect(figures).toMatchObject({ store: "sqlite", given: 12 })
    expect(figures.placesPerSecond).toBeGreaterThan(0)
    // Two rows of a place are its own: who asks, and gives back.
    expect(figures.partitionUnitsPerPlace).toBeGreaterThan(2)
    expect(figures.mostOfPartition).toBeLessThan(500)
  })

  it("takes no store that there is not", () => {
    expect(limits("--store", "paper").status).toBe(2)
  })
})
