import { readFileSync } from "node:fs"
import { HistoryDiverged, replayHistory, TestRuntime } from "dynactor/testing"
import { describe, expect, it } from "vitest"
import {
  after,
  before,
  charge,
  checkFraud,
  ship,
  withDeprecatedPatch,
  withPatch
} from "../../examples/guide/changingCode.ts"

const start = (workflow: typeof before) =>
  new TestRuntime({ steps: { charge, checkFraud, ship } }).start(workflow, {
    runId: "o-1",
    input: { id: "o-1", cents: 500 }
  })

const divergence = (replay: () => unknown): string => {
  try {
    replay()
  } catch (error) {
    if (error instanceof HistoryDiverged) return error.reason.message
    throw error
  }
  throw new Error("it did not diverge")
}

describe("the guide's patch", () => {
  it("lets runs of before go the old way, and new ones the new", async () => {
    const old = (await start(before)).recordHistory()
    expect(replayHistory(withPatch, old).outcome).toBe("open")
    const young = await start(withPatch)
    expect(young.executed("checkFraud")).toBe(true)
    for (const later of [withPatch, withDeprecatedPatch, after])
      expect(replayHistory(later, young.recordHistory()).outcome).toBe("open")
  })

  it("is told of where it was deprecated or removed too early", async () => {
    const old = (await start(before)).recordHistory()
    expect(divergence(() => replayHistory(withDeprecatedPatch, old))).toMatch(
      /^this run is older than patch fraud-check/
    )
    const message = divergence(() => replayHistory(after, old))
    const [, shown = ""] =
      /> its history has ([\s\S]+?)changing-code\.md\n/.exec(readFileSync("docs/guide/changing-code.md", "utf8")) ?? []
    const inOneLine = `its history has ${shown.replaceAll("\n> ", " ")}changing-code.md`
    const placeless = (text: string) => text.replace(/, at \S+?([^/\s]+):\d+:\d+\./, ".")
    expect(placeless(message)).toBe(placeless(inOneLine))
  })
})
