import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { billsOf, total, type Work } from "../../scripts/cost/model.ts"
import { units } from "../../src/inspection/cost/measures.ts"
import { lookedUp, type Price, prices } from "../../src/inspection/cost/prices.ts"

const work: Work = {
  runs: 1_000_000,
  steps: 0,
  parallel: 0,
  inline: 0,
  sleeps: 0,
  longSleeps: 0,
  signals: 0,
  largePayloads: 0,
  stepMs: 0,
  memoryMb: 1024,
  batch: 1,
  systemLogs: 0,
  metrics: 0
}

/** What one more of something in each of a million runs adds to a part. */
const added = (more: Partial<Work>, part: string): number =>
  (billsOf({ ...work, ...more }).dynactor[part] ?? 0) - (billsOf(work).dynactor[part] ?? 0)

describe("the cost of runs", () => {
  it("names the source of every price, and the day", () => {
    expect(lookedUp).toMatch(/^\d{4}-\d\d-\d\d$/)
    for (const price of Object.values(prices) as ReadonlyArray<Price>) {
      expect(price.dollars).toBeGreaterThan(0)
      expect(price.source).toMatch(/^https:\/\/aws\.amazon\.com\//)
      expect(price.readAt ?? price.source).toMatch(/^https:\/\//)
    }
  })

  it("counts a queued step as two write units, three queue requests and two invocations", () => {
    // 2 x $0.625, and one unit for the fence and two for a cold turn at $0.125.
    expect(added({ steps: 1 }, "dynamodb")).toBeCloseTo(1.25 + 0.375, 6)
    expect(added({ steps: 1 }, "sqs")).toBeCloseTo(1.2, 6)
    const free = { ...work, memoryMb: 0 }
    const step = billsOf({ ...free, steps: 1 }).dynactor.lambda ?? 0
    expect(step - (billsOf(free).dynactor.lambda ?? 0)).toBeCloseTo(0.4, 6)
  })

  it("has Scheduler in it only for long sleeps, and S3 for large payloads", () => {
    expect(added({ sleeps: 1 }, "scheduler")).toBe(0)
    expect(added({ longSleeps: 1 }, "scheduler")).toBeCloseTo(1, 6)
    expect(added({ largePayloads: 1 }, "s3")).toBeCloseTo(5.4, 6)
  })

  it("takes its units from those that npm run units prints", () => {
    expect(units.start.write + 100 * units.parallelStep.write).toBe(110)
  })

  it("shares invocations among the messages of a batch", () => {
    const one = billsOf({ ...work, steps: 5 }).dynactor
    const ten = billsOf({ ...work, steps: 5, batch: 10 }).dynactor
    expect(ten.dynamodb).toBe(one.dynamodb)
    expect(total(ten)).toBeLessThan(total(one))
  })

  it("has logs only of what is logged: Lambda's own lines, or metrics", () => {
    expect(billsOf({ ...work, steps: 5 }).dynactor.logs).toBe(0)
    // Of 11 invocations a run: 700 bytes each at $0.50 a gigabyte, here and elsewhere.
    expect(billsOf({ ...work, steps: 5, systemLogs: 1 }).dynactor.logs).toBeCloseTo(11 * 0.35, 6)
    expect(billsOf({ ...work, steps: 5, systemLogs: 1 }).stepFunctions.logs).toBeCloseTo(5 * 0.35, 6)
    expect(billsOf({ ...work, steps: 5, metrics: 1 }).dynactor.logs).toBeCloseTo(6 * 0.4, 6)
  })

  it("prices the same work elsewhere", () => {
    const { stepFunctions, durableFunctions } = billsOf({ ...work, steps: 5 })
    expect(stepFunctions.transitions).toBeCloseTo(6 * 25, 6)
    expect(durableFunctions.operations).toBeCloseTo(6 * 8, 6)
  })
})

describe("npm run cost", () => {
  const run = (...args: ReadonlyArray<string>) =>
    spawnSync(process.execPath, ["scripts/cost.ts", ...args], { encoding: "utf8" })

  it("ends with its result as JSON", () => {
    const { stdout, status } = run("--runs", "1e6", "--steps", "5")
    expect(status).toBe(0)
    const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
    expect(result.work).toMatchObject({ runs: 1_000_000, steps: 5 })
    for (const name of ["dynactor", "dynactorInline", "stepFunctions", "durableFunctions"]) {
      expect(result[name].total).toBeGreaterThan(0)
    }
  })

  it("has a column for each service, used or not, and says what it leaves out", () => {
    const { stdout } = run()
    expect(stdout).toMatch(/│ dynamodb +│ lambda +│ sqs +│ s3 +│ scheduler +│ logs +│ total/)
    expect(stdout).toMatch(/Not in it: point-in-time recovery/)
  })

  it("explains itself, and refuses what it does not know", () => {
    expect(run("--help").stdout).toContain("--long-sleeps")
    expect(run("--runs", "many")).toMatchObject({ status: 2 })
    expect(run("--cheap")).toMatchObject({ status: 2 })
  })
})
