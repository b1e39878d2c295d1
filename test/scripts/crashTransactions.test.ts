import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, it } from "vitest"

it("hosts that die over transactions leave each of them once: a hundred of the ten thousand", async () => {
  const script = ["--conditions=source", "scripts/crashTransactions.ts", "--kills", "100", "--seed", "7"]
  const { stdout } = await promisify(execFile)(process.execPath, script)
  const { kills, violations, written } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
  expect(violations).toBe(0)
  expect(kills).toBeGreaterThanOrEqual(100)
  expect(written).toBeGreaterThan(kills)
}, 120_000)
