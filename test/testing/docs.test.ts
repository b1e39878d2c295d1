import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { checkWorkflow } from "dynactor/testing"
import { describe, expect, it } from "vitest"
import { checks, type Example, failureOf, reportOf } from "../../examples/broken/reports.ts"
import { rentBike } from "../../examples/quickstart/rentBike.ts"
// Its tests run as tests of this file.
import "../../examples/quickstart/rentBike.test.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const docs = readFileSync(`${root}docs/testing.md`, "utf8")

const blocks = (mark: string): ReadonlyMap<string, string> =>
  new Map(
    [...docs.matchAll(new RegExp(`<!-- ${mark}: (\\S+) -->\n\n\`\`\`\\w+\n([^]*?)\n\`\`\``, "g"))].map(
      ([, name = "", text = ""]) => [name, text]
    )
  )

describe("docs/testing.md", () => {
  it.each([...blocks("file")])("shows %s as it is", (file, text) => {
    expect(`${text}\n`).toBe(readFileSync(`${root}${file}`, "utf8"))
  })

  it("shows the quickstart's files, and how a retry is tested", () => {
    expect([...blocks("file").keys()].map((file) => file.split("/").at(-1))).toEqual([
      "rentBike.ts",
      "rentBike.test.ts",
      "rentBike.node.ts",
      "retried.test.ts"
    ])
  })

  // `node --conditions=source examples/broken/writeReports.ts` brings them up to date.
  it.each(Object.keys(checks) as ReadonlyArray<Example>)("has today's report on %s", async (example) => {
    const failure = await failureOf(example)
    const { schedule, plan } = failure
    expect(blocks("report").get(example)).toBe(reportOf(failure))
    expect(schedule).toBeLessThanOrEqual(1_000)
    expect(plan.length).toBeLessThanOrEqual(10)
  })
})

describe("the quickstart", () => {
  it("runs under node:test", { timeout: 120_000 }, () => {
    const file = "examples/quickstart/rentBike.node.ts"
    const { status, stdout } = spawnSync(process.execPath, ["--conditions=source", "--test", file], {
      cwd: root,
      encoding: "utf8"
    })
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining("pass 2") })
  })

  it("runs as a plain function", async () => {
    const report = await checkWorkflow(rentBike, { schedules: 100 })
    expect(report.schedules).toBe(100)
  })
})
