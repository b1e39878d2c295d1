import { describe, expect, it } from "vitest"
import {
  checkFence,
  type Fence,
  headStatuses,
  isTerminal,
  movedToken,
  runStatuses
} from "../../src/actor/history/head.ts"

// Queue messages are sent before the commit that issues them: whoever receives one asks whether that commit stands (S3).

describe("the holder of a queue message", () => {
  const fences: ReadonlyArray<Fence> = [
    { upTo: 3, token: "first" },
    { upTo: 7, token: "second" }
  ]
  const head = { adopted: 7, fences, status: "running" } as const

  it.each([
    ["may act on one of the commit that stands", { index: 7, token: "second" }, "valid"],
    ["may act on one of an earlier commit", { index: 2, token: "first" }, "valid"],
    ["may act on one issued within a commit of several messages", { index: 5, token: "second" }, "valid"],
    ["may not act on one of a commit that lost", { index: 5, token: "other" }, "stale"],
    ["may not act on one whose place another commit took", { index: 3, token: "second" }, "stale"],
    ["waits for a commit that is not there yet", { index: 8, token: "third" }, "pending"]
  ] as const)("%s", (_, message, verdict) => {
    expect(checkFence(head, message)).toBe(verdict)
  })

  it("waits for the commit by which a run that was moved asks for its steps again: they are of messages that it has adopted elsewhere", () => {
    const moved = { ...head, fences: [{ upTo: 7, token: movedToken }] }
    for (const index of [1, 7]) {
      expect(checkFence(moved, { index, token: "here" })).toBe("pending")
      expect(checkFence({ ...moved, fences: [{ upTo: 7, token: "here" }] }, { index, token: "here" })).toBe("valid")
      expect(checkFence({ ...moved, fences: [{ upTo: 7, token: "other" }] }, { index, token: "here" })).toBe("stale")
    }
    expect(checkFence({ ...moved, status: "cancelled" }, { index: 1, token: "here" })).toBe("stale")
  })

  it("waits if there is no head yet", () => {
    expect(checkFence(undefined, { index: 1, token: "first" })).toBe("pending")
  })

  it("can tell a run that is over", () => {
    expect(runStatuses.filter(isTerminal)).toEqual(["succeeded", "failed", "cancelled", "terminated"])
    expect(runStatuses.filter((status) => !isTerminal(status))).toEqual(["running", "parked", "paused"])
  })

  it("does nothing for a run that is over, or for a fence that was dropped", () => {
    for (const status of runStatuses.filter(isTerminal)) {
      expect(checkFence({ ...head, status }, { index: 7, token: "second" })).toBe("stale")
    }
    expect(checkFence({ ...head, fences: [] }, { index: 7, token: "second" })).toBe("stale")
  })

  it("waits for no commit of a run that is over: the one ahead of which it was sent will never stand", () => {
    for (const status of headStatuses.filter(isTerminal)) {
      expect(checkFence({ ...head, status }, { index: 8, token: "third" })).toBe("stale")
    }
  })

  it("may act for a parked run: its commands stand", () => {
    expect(checkFence({ ...head, status: "parked" }, { index: 7, token: "second" })).toBe("valid")
  })
})
