import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { audit, type Stored } from "../../scripts/crash/audit.ts"
import { campaign } from "../../scripts/crash/campaign.ts"
import type { Execution } from "../../scripts/crash/definitions.ts"
import { type Ended, makeRun } from "../../scripts/crash/startedRun.ts"
import type { Message } from "../../src/actor/history/message.ts"

const script = fileURLToPath(new URL("../../scripts/crash.ts", import.meta.url))
const node = (...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, ["--conditions=source", script, ...args], { encoding: "utf8" })

describe("npm run crash", () => {
  it("loses nothing and doubles nothing over five kills, and says so in its last line", async () => {
    const { stdout } = await node("--kills", "5", "--runs", "36", "--seed", "1")
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
    expect(last).toMatchObject({ kills: 5, runs: 36, lost: 0, doubled: 0 })
    expect(last.executions).toBeGreaterThan(36)
  }, 120_000)

  it("tells of its own options", async () => {
    const { stdout } = await node("--help")
    for (const option of ["--kills", "--runs", "--seed"]) expect(stdout).toContain(option)
  })

  it("refuses what is no number", async () => {
    await expect(node("--kills", "many")).rejects.toMatchObject({ code: 2 })
  })

  it("really kills: executions beyond attempts come to light over ten kills", async () => {
    const result = await campaign({ kills: 10, runs: 40, seed: 7, progress: () => undefined })
    expect(result.kills).toBe(10)
    expect(result.repeated).toBeGreaterThan(0)
    expect(result.violations).toEqual([])
  }, 120_000)
})

describe("the audit of a campaign", () => {
  const kill = (at: number) => ({ from: at, until: at })
  const run = makeRun("r", "compensating", { seed: 1, size: 2 })
  const right: Ended = { run, seen: [], wrong: undefined }
  const execution = (key: string, step: string, n: number, attempt = 1, at = 10): Execution => ({
    runId: "r",
    key: `r/${key}`,
    step,
    attempt,
    execution: `${key}-${at}`,
    n,
    at
  })
  const row = (key: string, n: number, at = 20): Message => ({
    kind: "step",
    at,
    key,
    fingerprint: "",
    attempts: 1,
    startedAt: 0,
    outcome: { tag: "succeeded", payload: { json: JSON.stringify({ value: n * 3, execution: `${key}-10` }) } }
  })
  const rows = [row("work#0", 0), row("work#1", 1), row("undo#0", 1), row("undo#1", 0)]
  const ledger = [
    execution("work#0", "work", 0),
    execution("work#1", "work", 1),
    execution("undo#0", "undo", 1),
    execution("undo#1", "undo", 0)
  ]
  const stored = (tail: ReadonlyArray<string>, messages: ReadonlyArray<Message> = rows): Stored => ({
    runId: "r",
    stored: { head: { status: "failed", segments: 0, tail } as never, segments: [], messages }
  })
  const order = ["start", "step/work#0", "step/work#1", "step/undo#0", "step/undo#1"]

  it("passes what is right", () => {
    expect(audit([right], [stored(order)], ledger, [])).toMatchObject({
      lost: 0,
      doubled: 0,
      repeated: 0,
      violations: []
    })
  })

  it("finds a run without its outcome", () => {
    const wrong: Ended = { run, seen: [], wrong: "timeout" }
    expect(audit([wrong], [stored(order)], ledger, [])).toMatchObject({ lost: 1 })
  })

  it("finds an outcome that was accepted twice", () => {
    const result = audit([right], [stored([...order, "step/work#1"])], ledger, [])
    expect(result.doubled).toBe(1)
    expect(result.violations.length).toBeGreaterThan(0)
  })

  it("finds an execution that the workflow has seen and the inbox has not", () => {
    const result = audit([{ ...right, seen: ["work#0-99"] }], [stored(order)], ledger, [])
    expect(result).toMatchObject({ doubled: 1 })
  })

  it("finds more executions than attempts and kills explain", () => {
    const twice = [...ledger, execution("work#0", "work", 0, 1, 15)]
    expect(audit([right], [stored(order)], twice, []).violations).toEqual([
      expect.stringContaining("r/work#0: 2 executions, 0 kills")
    ])
    expect(audit([right], [stored(order)], twice, [kill(12)])).toMatchObject({
      repeated: 1,
      mostRepeated: 1,
      violations: []
    })
    expect(audit([right], [stored(order)], twice, [kill(9), kill(16)]).violations.length).toBe(1)
    // The process was not gone yet when the first of them began.
    expect(audit([right], [stored(order)], twice, [{ from: 9, until: 11 }]).violations).toEqual([])
  })

  it("finds an execution after the outcome was accepted", () => {
    const late = [...ledger, execution("work#0", "work", 0, 1, 25)]
    expect(audit([right], [stored(order)], late, [kill(12)]).violations).toEqual([
      expect.stringContaining("after its outcome")
    ])
  })

  it("finds an outcome that no execution gave", () => {
    expect(audit([right], [stored(order)], ledger.slice(1), []).violations).toEqual([
      expect.stringContaining("r/work#0")
    ])
  })

  it("finds compensations that are missing or out of order", () => {
    const swapped = ["start", "step/work#0", "step/work#1", "step/undo#1", "step/undo#0"]
    expect(audit([right], [stored(swapped)], ledger, []).violations.length).toBeGreaterThan(0)
    expect(audit([right], [stored(order.slice(0, 4))], ledger.slice(0, 3), []).violations.length).toBeGreaterThan(0)
  })
})
