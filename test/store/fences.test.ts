import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkFence, type Fence } from "../../src/actor/history/head.ts"
import { fenceToken, nextFences } from "../../src/store/fences.ts"

const commit = (
  before: ReadonlyArray<Fence>,
  adopted: number,
  token: string | undefined,
  openIndexes: ReadonlyArray<number>
) => nextFences({ before, adopted, token, sentAt: 1, openIndexes }).map(({ upTo, token }) => ({ upTo, token }))

const check = (fences: ReadonlyArray<Fence>, adopted: number, index: number, token: string) =>
  checkFence({ adopted, fences, status: "running" }, { index, token })

describe("fences of several commits with open commands", () => {
  const first = commit([], 1, "one", [1])
  const second = commit(first, 4, "two", [1])

  it("keep one for each commit whose commands are open", () => {
    expect(second).toEqual([
      { upTo: 1, token: "one" },
      { upTo: 4, token: "two" }
    ])
    expect(check(second, 4, 1, "one")).toBe("valid")
    for (const index of [2, 3, 4]) expect(check(second, 4, index, "two")).toBe("valid")
  })

  it("call the messages of a commit that lost stale, and those of one to come pending", () => {
    for (const index of [1, 2, 3, 4]) expect(check(second, 4, index, "lost")).toBe("stale")
    expect(check(second, 4, 5, "three")).toBe("pending")
  })

  it("need none for a commit that sends nothing: a lost message of its range stays stale", () => {
    const silent = commit(first, 3, undefined, [1])
    expect(silent).toEqual(first)
    expect(check(silent, 3, 2, "lost")).toBe("stale")
    const later = commit(silent, 5, "three", [1])
    expect(check(later, 5, 3, "lost")).toBe("stale")
    expect(check(later, 5, 4, "three")).toBe("valid")
  })

  it("drop what no open command needs; what it answered for becomes stale and never another's", () => {
    const dropped = commit(second, 6, "three", [4])
    expect(dropped).toEqual([
      { upTo: 4, token: "two" },
      { upTo: 6, token: "three" }
    ])
    expect(check(dropped, 6, 1, "one")).toBe("stale")
    expect(check(dropped, 6, 3, "two")).toBe("valid")
    expect(commit(dropped, 7, undefined, [])).toEqual([])
  })

  it("share a token where nothing was adopted between: the commands of both are heard", () => {
    const token = fenceToken(second, 4, "fresh")
    expect(token).toBe("two")
    const again = commit(second, 4, token, [1])
    expect(again).toEqual(second)
    expect(fenceToken(second, 5, "fresh")).toBe("fresh")
    expect(fenceToken([], 0, "fresh")).toBe("fresh")
  })
})

interface Sent {
  readonly index: number
  readonly token: string
  readonly won: boolean
}

const turns = fc.array(
  fc.record({
    adopts: fc.integer({ min: 1, max: 3 }),
    racers: fc.integer({ min: 0, max: 3 }),
    sends: fc.boolean(),
    /** How many of the open commands are answered by then, the oldest first. */
    answers: fc.integer({ min: 0, max: 4 })
  }),
  { maxLength: 20 }
)

describe("a message is valid exactly if its commit stands and it may be open (S3)", () => {
  it("in every order of commits, losers and answers", () => {
    fc.assert(
      fc.property(turns, (turns) => {
        let fences: ReadonlyArray<Fence> = []
        let adopted = 0
        let open: Array<Sent> = []
        const lost: Array<Sent> = []
        for (const [turn, { adopts, racers, sends, answers }] of turns.entries()) {
          const indexes = Array.from({ length: adopts }, (_, place) => adopted + place + 1)
          for (let racer = 0; racer < racers; racer++) {
            for (const index of indexes) lost.push({ index, token: `${turn}/${racer}`, won: false })
          }
          adopted += adopts
          const token = `${turn}`
          open = open.slice(answers)
          if (sends) open.push(...indexes.map((index) => ({ index, token, won: true })))
          const openIndexes = [...new Set(open.map(({ index }) => index))]
          fences = commit(fences, adopted, sends ? token : undefined, openIndexes)
          for (const { index, token } of open) expect(check(fences, adopted, index, token)).toBe("valid")
          for (const { index, token } of lost) expect(check(fences, adopted, index, token)).toBe("stale")
        }
      }),
      { numRuns: 300 }
    )
  })
})
