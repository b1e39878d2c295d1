import { readdirSync } from "node:fs"
import * as path from "node:path"
import { readHistory, replayHistory } from "dynactor/testing"
import { describe, expect, it } from "vitest"
import { workflowOf } from "./keepHistory.ts"

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))

describe("recorded histories of the examples", () => {
  it("are there", () => {
    expect(names.length).toBeGreaterThan(0)
  })

  it.each(names)("%s replays with today's code, to the same end", async (name) => {
    const history = await readHistory(path.join(import.meta.dirname, `${name}.json`))
    const report = replayHistory(await workflowOf(name, history), history)
    expect(report.messages).toBe(history.order.length)
    expect(report.outcome).toBe(history.outcome === null ? "open" : "same")
  })
})
